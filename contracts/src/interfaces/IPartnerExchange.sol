// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountWord} from "../types/AccountWord.sol";
import {Agreement} from "../types/Agreement.sol";

/// @title Where members turn points of one program into points of another, under agreements that both brands signed.
///
/// @notice Each program has one exchange. A conversion burns points through the exchange of their program, the source, mints through
/// that of the other, the target, and moves the settlement from the source's escrow to the target's beneficiary: all of
/// it or nothing.
///
/// **No profit.** Each program states what its point is worth at par, once and for all, in a unit of account that all share. No
/// agreement mints more value than it burns, so no path through any agreements does.
///
/// **No life.** No converted point outlives the points that it was made from: at every moment to come, the points then
/// live are worth no more at par than without the conversion. Points that expire before the oldest points of the target do
/// cannot be converted.
///
/// **Both sides.** An agreement is in force while both exchanges have it signed, each by a transaction of its own
/// operators. Either side ends it, after the notice period of its program. The source honours its own escrow and program, the
/// target its own quota, supply and program. An exchange deals with those only that its registry knows as genuine.
///
/// **Any token.** A settlement token is called in {deposit}, {withdraw} and {collect}, and never in a conversion. What arrives
/// counts, not what was sent. A token that fails makes the call fail that pays in it, and no record is lost. One whose
/// balances shrink by themselves leaves its own agreements short, and no others.
///
/// @dev An agreement's id is the hash of its ABI encoding. Errors of agreements are those of AgreementLibrary, errors of access those of
/// AccessManaged, errors of settlement tokens their own or those of SafeERC20.
interface IPartnerExchange {
    event AgreementSigned(bytes32 indexed id, address indexed source, address indexed target, Agreement agreement);

    /// @param endsAt  first second in which this side no longer keeps the agreement
    event AgreementTerminated(bytes32 indexed id, uint40 endsAt);

    /// @param received  what arrived
    event Deposited(bytes32 indexed id, address indexed from, uint256 received);

    event Withdrawn(bytes32 indexed id, address indexed to, uint256 amount);

    /// @notice At the source, and the last log of a conversion: before it are the Transfer to the zero address of the source's token, what the
    /// target's token logs of the points it mints, and {ConversionAccepted}.
    /// @param account     whose points were burned
    /// @param settlement  now owed to the beneficiary
    event Converted(
        bytes32 indexed id,
        address indexed account,
        address indexed to,
        uint256 burned,
        uint256 minted,
        uint256 settlement
    );

    /// @notice At the target.
    event ConversionAccepted(bytes32 indexed id, address indexed to, uint256 minted);

    event Collected(address indexed settlementToken, address indexed beneficiary, uint256 amount);

    /// @notice The token's exchange is another contract.
    error ForeignToken(address token, address exchange);

    /// @notice The registry does not know the other side.
    error ForeignExchange(address exchange);

    /// @notice A point that is worth nothing could be minted without end.
    error ZeroParValue();

    /// @notice Of source and target exactly one must be this exchange.
    error NotParty(address source, address target);

    /// @notice Points that expire would become points that never do.
    error LifeGained(address source, address target);

    error AlreadySigned(bytes32 id);

    /// @notice This exchange has not signed it.
    error UnknownAgreement(bytes32 id);

    /// @notice This is done at the agreement's source.
    error NotSource(bytes32 id, address source);

    /// @notice Only the agreement's source can hand a conversion over.
    error NotCounterpart(address caller, address source);

    /// @notice `exchange` does not keep the agreement now. It does from `opensAt` until `endsAt`, which is 0 if it has not signed.
    error NotInForce(bytes32 id, address exchange, uint40 opensAt, uint40 endsAt);

    /// @notice The source's program has ended.
    error ProgramEnded(uint40 endedAt);

    /// @notice The target's program has announced its end, and takes no more points in.
    error EndAnnounced(uint40 endsAt);

    /// @notice `amount` is worth less than one point of the target; `least` is worth one.
    error AmountTooSmall(uint256 amount, uint256 least);

    /// @notice Even points earned now expire, at `expiry`, before the oldest of the target do, at `needed`.
    error LifeTooShort(uint256 expiry, uint256 needed);

    error QuotaExceeded(bytes32 id, uint256 left, uint256 minted);
    error InsufficientEscrow(bytes32 id, uint256 escrow, uint256 needed);

    /// @notice Puts this side's signature under the agreement. It is in force once the other side's is there too.
    /// @dev For operators. Reverts with {AlreadySigned}, also if it was terminated; {NotParty}, {ForeignExchange}, {LifeGained}, or the fault of
    /// the agreement: `InvalidExchangeRate`, `InvalidQuota`, `InvalidAgreementPeriod`, `InvalidSettlement`, `RateAbovePar`.
    function sign(Agreement calldata agreement) external returns (bytes32 id);

    /// @notice Ends the agreement after the notice period of this side's program, and at once if the other side has not signed it. It
    /// never ends later for being terminated again.
    /// @dev For operators. Reverts with {UnknownAgreement}.
    function terminate(bytes32 id) external;

    /// @notice Pays into the escrow of an agreement, at its source, out of the caller's allowance. For anyone.
    /// @dev Tokens that come otherwise count for no agreement and cannot be taken out. Reverts with {UnknownAgreement} or {NotSource}.
    /// @return received  what arrived, which is less than `amount` if the token takes a fee
    function deposit(bytes32 id, uint256 amount) external returns (uint256 received);

    /// @notice Takes out of the escrow what no conversion has used.
    /// @dev For operators. Reverts with {UnknownAgreement} or {InsufficientEscrow}.
    function withdraw(bytes32 id, uint256 amount, address to) external;

    /// @notice Burns points of the caller and mints points of the target to `to`: as many as `amount` is worth, rounded down, and no
    /// more is burned than these cost. Of the points that live long enough the oldest go first.
    /// @dev Any account may receive them, whatever the transfer policies: members have another account in each program.
    ///
    /// The settlement is rounded up over all conversions of the agreement together, not in each, so that many small ones cost the
    /// source no more than one.
    ///
    /// Reverts with {NotSource}, {NotInForce}, {ProgramEnded}, {EndAnnounced}, {AmountTooSmall}, {LifeTooShort}, {QuotaExceeded},
    /// {InsufficientEscrow}, or as the tokens do: ERC20InsufficientBalance (of the points that live long enough), where an account is
    /// frozen or a token paused, and where the target can issue no more.
    function convert(Agreement calldata agreement, uint48 amount, address to)
        external
        returns (uint256 burned, uint256 minted);

    /// @notice Mints the points of a conversion. `lots` are of the current epoch of the target's token.
    /// @dev For the agreement's source. Reverts with {NotCounterpart}, {NotInForce}, {EndAnnounced} or {QuotaExceeded}, or as the token does.
    function acceptConversion(Agreement calldata agreement, address to, AccountWord lots) external;

    /// @notice Pays a beneficiary all that it is owed. For anyone.
    function collect(address settlementToken, address beneficiary) external returns (uint256 amount);

    function token() external view returns (address);

    /// @notice The EarningRules of the program, for its notice period and its end.
    function rules() external view returns (address);

    /// @notice The IExchangeRegistry that tells which exchanges are genuine.
    function registry() external view returns (address);

    /// @notice What one base unit of the program's points is worth, in the unit of account that all programs share.
    function parValue() external view returns (uint128);

    function idOf(Agreement calldata agreement) external pure returns (bytes32 id);

    /// @dev Reverts with {UnknownAgreement}.
    function agreementOf(bytes32 id) external view returns (Agreement memory);

    /// @notice First second in which this side no longer keeps the agreement; 0 if it has not signed.
    function endsAtOf(bytes32 id) external view returns (uint40);

    /// @notice Whether both sides keep the agreement now. Quota, escrow and the programs' ends are left out of account.
    function isInForce(bytes32 id) external view returns (bool);

    /// @notice What is left for the settlement of conversions; 0 at the target.
    function escrowOf(bytes32 id) external view returns (uint256);

    /// @notice Points burned under the agreement, ever; 0 at the target.
    function burnedUnder(bytes32 id) external view returns (uint256);

    /// @notice Points that the target lets the agreement mint now; asked at the source, what the target says. They come back in steps of a
    /// third of the quota's window, up to such a step after they left the window.
    /// @dev Reverts with {UnknownAgreement}, which may be the target's.
    function quotaLeft(bytes32 id) external view returns (uint256);

    function owedTo(address settlementToken, address beneficiary) external view returns (uint256);

    /// @notice What {convert} of `amount` would burn, mint and settle now, if nothing is in its way.
    /// @dev Reverts with {UnknownAgreement}.
    function quote(bytes32 id, uint48 amount) external view returns (uint256 burned, uint256 minted, uint256 settlement);

    /// @notice Points of `account` that live long enough to be converted now.
    /// @dev Reverts with {UnknownAgreement}.
    function convertibleOf(bytes32 id, address account) external view returns (uint256);
}
