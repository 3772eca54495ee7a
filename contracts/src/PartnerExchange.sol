// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IEarningRules} from "./interfaces/IEarningRules.sol";
import {IExchangeRegistry} from "./interfaces/IExchangeRegistry.sol";
import {IPartnerExchange} from "./interfaces/IPartnerExchange.sol";
import {IPointsToken} from "./interfaces/IPointsToken.sol";
import {AccountWord, LIVE_EPOCHS} from "./types/AccountWord.sol";
import {Agreement} from "./types/Agreement.sol";
import {Lifetimes} from "./types/Lifetimes.sol";
import {RollingWindow} from "./types/RollingWindow.sol";

/// @notice See {IPartnerExchange}.
contract PartnerExchange is IPartnerExchange, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev This side of an agreement, in one slot. `endsAt` is 0 unless this side signed; `burned` and `escrow` are 0 at the target.
    struct Standing {
        uint40 endsAt;
        uint64 burned;
        uint128 escrow;
    }

    address public immutable token;
    address public immutable rules;
    address public immutable registry;
    uint128 public immutable parValue;

    mapping(bytes32 id => Standing) private _standings;
    mapping(bytes32 id => RollingWindow) private _minted;
    mapping(bytes32 id => Agreement) private _agreements;
    mapping(address settlementToken => mapping(address beneficiary => uint256)) public owedTo;

    /// @dev The token comes first and has been told this contract's address.
    constructor(address authority_, address token_, address registry_, uint128 parValue_) AccessManaged(authority_) {
        address exchange = IPointsToken(token_).exchange();
        if (exchange != address(this)) revert ForeignToken(token_, exchange);
        if (parValue_ == 0) revert ZeroParValue();
        token = token_;
        rules = IPointsToken(token_).minter();
        registry = registry_;
        parValue = parValue_;
    }

    /// @inheritdoc IPartnerExchange
    function sign(Agreement calldata agreement) external restricted returns (bytes32 id) {
        id = agreement.id();
        if (_standings[id].endsAt != 0) revert AlreadySigned(id);
        agreement.check();
        (address source, address target) = (agreement.source, agreement.target);
        if ((source == address(this)) == (target == address(this))) revert NotParty(source, target);
        address counterpart = _counterpart(source, target);
        if (!IExchangeRegistry(registry).isExchange(counterpart)) revert ForeignExchange(counterpart);
        agreement.checkPar(IPartnerExchange(source).parValue(), IPartnerExchange(target).parValue());
        if (_tokenOf(source).pointsExpire() && !_tokenOf(target).pointsExpire()) revert LifeGained(source, target);
        _standings[id].endsAt = agreement.closesAt;
        _agreements[id] = agreement;
        emit AgreementSigned(id, source, target, agreement);
    }

    /// @inheritdoc IPartnerExchange
    function terminate(bytes32 id) external restricted {
        Agreement storage agreement = _existing(id);
        Standing storage standing = _standings[id];
        address counterpart = _counterpart(agreement.source, agreement.target);
        // Nobody has relied on what only one side signed.
        bool isSigned = IPartnerExchange(counterpart).endsAtOf(id) != 0;
        uint256 noticeEnd = block.timestamp + (isSigned ? IEarningRules(rules).noticePeriod() : 0);
        uint40 endsAt = uint40(Math.min(standing.endsAt, noticeEnd));
        standing.endsAt = endsAt;
        emit AgreementTerminated(id, endsAt);
    }

    /// @inheritdoc IPartnerExchange
    function deposit(bytes32 id, uint256 amount) external nonReentrant returns (uint256 received) {
        Agreement storage agreement = _existing(id);
        if (agreement.source != address(this)) revert NotSource(id, agreement.source);
        IERC20 settlementToken = IERC20(agreement.settlementToken);
        uint256 balance = settlementToken.balanceOf(address(this));
        settlementToken.safeTransferFrom(msg.sender, address(this), amount);
        // What arrives is known only after the call. The guard keeps out whoever would move the balance in between.
        received = settlementToken.balanceOf(address(this)) - balance;
        _standings[id].escrow += SafeCast.toUint128(received);
        emit Deposited(id, msg.sender, received);
    }

    /// @inheritdoc IPartnerExchange
    function withdraw(bytes32 id, uint256 amount, address to) external restricted nonReentrant {
        address settlementToken = _existing(id).settlementToken;
        _takeFromEscrow(id, amount);
        emit Withdrawn(id, to, amount);
        IERC20(settlementToken).safeTransfer(to, amount);
    }

    /// @inheritdoc IPartnerExchange
    function convert(Agreement memory agreement, uint48 amount, address to)
        external
        returns (uint256 burned, uint256 minted)
    {
        bytes32 id = agreement.id();
        if (agreement.source != address(this)) revert NotSource(id, agreement.source);
        _checkInForce(id, agreement);
        if (IEarningRules(rules).hasEnded()) revert ProgramEnded(IEarningRules(rules).endsAt());

        uint256 settlement;
        (burned, minted, settlement) = _price(id, agreement, amount);
        if (minted == 0) revert AmountTooSmall(amount, agreement.burnedRoundedUp(1));
        // Lots hold no more than the largest quota.
        if (minted > agreement.quota) revert QuotaExceeded(id, agreement.quota, minted);
        _takeFromEscrow(id, settlement);
        _standings[id].burned += uint64(burned);
        owedTo[agreement.settlementToken][agreement.beneficiary] += settlement;

        AccountWord lots = _burn(agreement, burned);
        IPartnerExchange(agreement.target).acceptConversion(agreement, to, lots);
        emit Converted(id, msg.sender, to, burned, minted, settlement);
    }

    /// @inheritdoc IPartnerExchange
    /// @dev An agreement that this side signed and whose source calls has this side as its target, and a genuine source.
    function acceptConversion(Agreement memory agreement, address to, AccountWord lots) external {
        bytes32 id = agreement.id();
        if (msg.sender != agreement.source) revert NotCounterpart(msg.sender, agreement.source);
        _checkInForce(id, agreement);
        if (IEarningRules(rules).endAnnouncedAt() != 0) revert EndAnnounced(IEarningRules(rules).endsAt());
        RollingWindow window = _minted[id].rollTo(block.timestamp, agreement.quotaWindow);
        uint256 left = agreement.quota - window.spent();
        uint256 minted = lots.points();
        if (minted > left) revert QuotaExceeded(id, left, minted);
        _minted[id] = window.spend(minted);
        emit ConversionAccepted(id, to, minted);
        IPointsToken(token).mintLots(to, lots);
    }

    /// @inheritdoc IPartnerExchange
    function collect(address settlementToken, address beneficiary) external nonReentrant returns (uint256 amount) {
        amount = owedTo[settlementToken][beneficiary];
        owedTo[settlementToken][beneficiary] = 0;
        emit Collected(settlementToken, beneficiary, amount);
        IERC20(settlementToken).safeTransfer(beneficiary, amount);
    }

    /// @inheritdoc IPartnerExchange
    function idOf(Agreement calldata agreement) external pure returns (bytes32 id) {
        return agreement.id();
    }

    /// @inheritdoc IPartnerExchange
    function agreementOf(bytes32 id) external view returns (Agreement memory) {
        return _existing(id);
    }

    /// @inheritdoc IPartnerExchange
    function endsAtOf(bytes32 id) external view returns (uint40) {
        return _standings[id].endsAt;
    }

    /// @inheritdoc IPartnerExchange
    function isInForce(bytes32 id) external view returns (bool) {
        Agreement storage agreement = _agreements[id];
        uint256 endsAt = _standings[id].endsAt;
        if (block.timestamp < agreement.opensAt || endsAt <= block.timestamp) return false;
        address counterpart = _counterpart(agreement.source, agreement.target);
        return block.timestamp < IPartnerExchange(counterpart).endsAtOf(id);
    }

    /// @inheritdoc IPartnerExchange
    function escrowOf(bytes32 id) external view returns (uint256) {
        return _standings[id].escrow;
    }

    /// @inheritdoc IPartnerExchange
    function burnedUnder(bytes32 id) external view returns (uint256) {
        return _standings[id].burned;
    }

    /// @inheritdoc IPartnerExchange
    function quotaLeft(bytes32 id) external view returns (uint256) {
        Agreement storage agreement = _existing(id);
        if (agreement.target != address(this)) return IPartnerExchange(agreement.target).quotaLeft(id);
        return agreement.quota - _minted[id].rollTo(block.timestamp, agreement.quotaWindow).spent();
    }

    /// @inheritdoc IPartnerExchange
    function quote(bytes32 id, uint48 amount)
        external
        view
        returns (uint256 burned, uint256 minted, uint256 settlement)
    {
        return _price(id, _existing(id), amount);
    }

    /// @inheritdoc IPartnerExchange
    function convertibleOf(bytes32 id, address account) external view returns (uint256 points) {
        Agreement storage agreement = _existing(id);
        (IPointsToken source, IPointsToken target) = (_tokenOf(agreement.source), _tokenOf(agreement.target));
        uint256 ages = _lifetimes(source).convertibleAges(_lifetimes(target));
        (uint256[LIVE_EPOCHS] memory lots,) = source.lotsOf(account);
        for (uint256 age; age < ages; ++age) {
            points += lots[age];
        }
    }

    /// @dev Burns points of the caller, and tells what they become.
    function _burn(Agreement memory agreement, uint256 burned) private returns (AccountWord lots) {
        IPointsToken targetToken = _tokenOf(agreement.target);
        Lifetimes memory source = _lifetimes(IPointsToken(token));
        Lifetimes memory target = _lifetimes(targetToken);
        uint256 ages = source.convertibleAges(target);
        if (ages == 0) revert LifeTooShort(source.expiries[0], target.expiries[LIVE_EPOCHS - 1]);
        AccountWord taken = IPointsToken(token).burn(msg.sender, burned, ages - 1);
        return source.convert(target, agreement, taken, targetToken.currentEpoch());
    }

    function _takeFromEscrow(bytes32 id, uint256 amount) private {
        uint256 escrow = _standings[id].escrow;
        if (amount > escrow) revert InsufficientEscrow(id, escrow, amount);
        // unchecked: no more than there is.
        unchecked {
            _standings[id].escrow = uint128(escrow - amount);
        }
    }

    function _checkInForce(bytes32 id, Agreement memory agreement) private view {
        uint40 endsAt = _standings[id].endsAt;
        if (block.timestamp < agreement.opensAt || endsAt <= block.timestamp) {
            revert NotInForce(id, address(this), agreement.opensAt, endsAt);
        }
    }

    /// @dev What conversions up to and with this one cost, less what those before it did.
    function _price(bytes32 id, Agreement memory agreement, uint256 amount)
        private
        view
        returns (uint256 burned, uint256 minted, uint256 settlement)
    {
        minted = agreement.mintedRoundedDown(amount);
        burned = agreement.burnedRoundedUp(minted);
        uint256 before = _standings[id].burned;
        settlement = agreement.settlementRoundedUp(before + burned) - agreement.settlementRoundedUp(before);
    }

    function _lifetimes(IPointsToken of_) private view returns (Lifetimes memory lifetimes) {
        for (uint256 age; age < LIVE_EPOCHS; ++age) {
            lifetimes.expiries[age] = of_.expiryOf(age);
        }
    }

    function _counterpart(address source, address target) private view returns (address) {
        return source == address(this) ? target : source;
    }

    function _tokenOf(address exchange) private view returns (IPointsToken) {
        return IPointsToken(IPartnerExchange(exchange).token());
    }

    function _existing(bytes32 id) private view returns (Agreement storage agreement) {
        if (_standings[id].endsAt == 0) revert UnknownAgreement(id);
        return _agreements[id];
    }
}
