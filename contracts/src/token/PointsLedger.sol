// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC7818} from "../interfaces/IERC7818.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {AccountWord, AccountWordLibrary, LIVE_EPOCHS, POINTS_MAX} from "../types/AccountWord.sol";
import {Entries} from "../types/Entries.sol";
import {Rate, RateLibrary} from "../types/Rate.sol";
import {RefusalReason} from "../types/RefusalReason.sol";
import {EpochClock} from "./EpochClock.sol";

/// @notice The accounts: what awards, expiry and transfers do to their words. See {IPointsToken}.
/// @dev First in the storage of the token: whoever proves an account's word from the chain's state needs its slot.
abstract contract PointsLedger is EpochClock {
    /// @dev A struct of one word: a reference to it hashes the mapping's key once for a read and a write.
    struct Account {
        AccountWord word;
    }

    uint8 public immutable decimals;
    address public immutable minter;
    string public name;
    string public symbol;

    mapping(address account => Account) private _accounts;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    AccountWord private _supply;

    constructor(string memory name_, string memory symbol_, uint8 decimals_, address minter_) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
        minter = minter_;
    }

    /// @inheritdoc IPointsToken
    function mintBatch(Rate calldata rate, uint256 limit, bytes calldata entries)
        external
        returns (uint256 minted, RefusalReason[] memory reasons)
    {
        if (msg.sender != minter) revert NotMinter(msg.sender);
        uint256 epoch = currentEpoch();
        uint256 periodStart = _periodStart(epoch);
        (AccountWord supply,) = _supply.rollLots(epoch);
        uint256 mintable = Math.min(limit, POINTS_MAX - supply.total());
        uint256 begin = Entries.begin(entries);
        uint256 end = begin + entries.length;
        (uint256 cursor, uint256 left) = _mintUntilRefused(rate, epoch, periodStart, begin, end, mintable);
        while (cursor < end) {
            if (reasons.length == 0) reasons = new RefusalReason[](entries.length / Entries.ENTRY_BYTES);
            uint256 position = (cursor - begin) / Entries.ENTRY_BYTES;
            reasons[position] = _reason(Entries.read(cursor), rate, limit - (mintable - left));
            cursor += Entries.ENTRY_BYTES;
            (cursor, left) = _mintUntilRefused(rate, epoch, periodStart, cursor, end, left);
        }
        minted = mintable - left;
        _supply = supply.earn(minted);
    }

    /// @inheritdoc IPointsToken
    function sweep(address[] calldata accounts) external returns (uint256 expired) {
        uint256 epoch = currentEpoch();
        uint256 periodStart = _periodStart(epoch);
        for (uint256 i; i < accounts.length; ++i) {
            Account storage account = _accounts[accounts[i]];
            AccountWord word = account.word;
            AccountWord rolled = _roll(accounts[i], word, epoch, periodStart);
            expired += word.points() - rolled.points();
            account.word = rolled;
        }
    }

    /// @inheritdoc IERC20
    function transfer(address to, uint256 amount) public returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    /// @inheritdoc IERC20
    /// @dev An allowance of 2^256 - 1 is never used up.
    function transferFrom(address from, address to, uint256 amount) public returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        _transfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IERC7818
    function transferAtEpoch(uint256 epoch, address to, uint256 amount) external returns (bool) {
        _transferAtEpoch(epoch, msg.sender, to, amount);
        return true;
    }

    /// @inheritdoc IERC7818
    function transferFromAtEpoch(uint256 epoch, address from, address to, uint256 amount) external returns (bool) {
        _spendAllowance(from, msg.sender, amount);
        _transferAtEpoch(epoch, from, to, amount);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 amount) public returns (bool) {
        _approve(msg.sender, spender, amount);
        return true;
    }

    /// @inheritdoc IERC20
    function totalSupply() external view returns (uint256) {
        return _live(_supply).points();
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        return _live(_accounts[account].word).points();
    }

    /// @inheritdoc IERC7818
    function balanceOfAtEpoch(uint256 epoch, address account) external view returns (uint256) {
        uint256 current = currentEpoch();
        if (epoch > current || isEpochExpired(epoch)) return 0;
        return _live(_accounts[account].word).lot(current - epoch);
    }

    /// @inheritdoc IPointsToken
    function lotsOf(address account) external view returns (uint256[4] memory points, uint256 epoch) {
        AccountWord word = _live(_accounts[account].word);
        for (uint256 age; age < LIVE_EPOCHS; ++age) {
            points[age] = word.lot(age);
        }
        epoch = word.epoch();
    }

    /// @inheritdoc IPointsToken
    function wordOf(address account) external view returns (uint256) {
        return AccountWord.unwrap(_accounts[account].word);
    }

    /// @inheritdoc IPointsToken
    function supplyWord() external view returns (uint256) {
        return AccountWord.unwrap(_supply);
    }

    /// @inheritdoc IPointsToken
    function issuable() external view returns (uint256) {
        return POINTS_MAX - _supply.total();
    }

    /// @dev Mints the entries from `cursor` on, up to the first one that cannot be minted or to the end. An award pays for this loop
    /// and no other: refusals are kept out of it, so that all it needs stays on the stack.
    /// @return the cursor at that entry, or `end`
    /// @return what is left of `left`
    function _mintUntilRefused(
        Rate calldata rate,
        uint256 epoch,
        uint256 periodStart,
        uint256 cursor,
        uint256 end,
        uint256 left
    ) private returns (uint256, uint256) {
        (uint256 numerator, uint256 denominator) = (rate.numerator, rate.denominator);
        (uint256 fixedPoints, uint256 cap) = (rate.fixedPoints, rate.cap);
        // unchecked: cursors stay in calldata. 0 points wrap, to more than is ever left.
        unchecked {
            for (; cursor < end; cursor += Entries.ENTRY_BYTES) {
                uint256 entry = Entries.read(cursor);
                address to = Entries.accountOf(entry);
                uint256 points = RateLibrary.points(Entries.unitsOf(entry), numerator, denominator, fixedPoints, cap);
                if (points - 1 >= left) break;
                if (to == address(0)) break;
                left -= points;
                Account storage account = _accounts[to];
                AccountWord word = account.word;
                if (word.epoch() != epoch) {
                    word = word.isBlank() ? AccountWordLibrary.fresh(epoch) : _roll(to, word, epoch, periodStart);
                }
                account.word = word.earn(points);
                emit Transfer(address(0), to, points);
            }
        }
        return (cursor, left);
    }

    function _reason(uint256 entry, Rate calldata rate, uint256 limitLeft) private pure returns (RefusalReason) {
        if (Entries.accountOf(entry) == address(0)) return RefusalReason.ZeroAccount;
        uint256 points = rate.pointsFor(Entries.unitsOf(entry));
        if (points == 0) return RefusalReason.NoPoints;
        return points > limitLeft ? RefusalReason.BudgetExceeded : RefusalReason.SupplyExceeded;
    }

    function _approve(address owner, address spender, uint256 amount) internal {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        allowance[owner][spender] = amount;
        emit Approval(owner, spender, amount);
    }

    function _transfer(address from, address to, uint256 amount) internal {
        (AccountWord word, uint256 epoch) = _beginTransfer(from, to);
        uint256 balance = word.points();
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        (AccountWord rest, AccountWord taken) = word.take(amount);
        _put(from, rest, to, taken, epoch);
        emit Transfer(from, to, amount);
    }

    /// @dev Of an epoch to come nobody has points, so of it only nothing can be moved.
    function _transferAtEpoch(uint256 ofEpoch, address from, address to, uint256 amount) private {
        if (isEpochExpired(ofEpoch)) revert ERC7818TransferredExpiredToken(from, ofEpoch);
        (AccountWord word, uint256 epoch) = _beginTransfer(from, to);
        uint256 age = Math.saturatingSub(epoch, ofEpoch);
        uint256 balance = ofEpoch > epoch ? 0 : word.lot(age);
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        (AccountWord rest, AccountWord taken) = word.takeAt(age, amount);
        _put(from, rest, to, taken, epoch);
        emit TransferredAtEpoch(from, to, ofEpoch, amount);
        emit Transfer(from, to, amount);
    }

    /// @return word   of `from`, rolled to now and not yet stored
    /// @return epoch  the current one
    function _beginTransfer(address from, address to) private returns (AccountWord word, uint256 epoch) {
        if (from == address(0)) revert ERC20InvalidSender(from);
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        epoch = currentEpoch();
        word = _roll(from, _accounts[from].word, epoch, _periodStart(epoch));
    }

    /// @dev Stores both words. A transfer to oneself writes what it read: the sender's word is stored before the receiver's is
    /// read, and the lots taken are put back at the same ages.
    function _put(address from, AccountWord rest, address to, AccountWord taken, uint256 epoch) private {
        _accounts[from].word = rest;
        _accounts[to].word = _roll(to, _accounts[to].word, epoch, _periodStart(epoch)).put(taken);
    }

    function _spendAllowance(address owner, address spender, uint256 amount) private {
        uint256 allowed = allowance[owner][spender];
        if (allowed == type(uint256).max) return;
        if (allowed < amount) revert ERC20InsufficientAllowance(spender, allowed, amount);
        allowance[owner][spender] = allowed - amount;
    }

    /// @dev Rolls the word of `account` and logs what expired. The caller stores the result.
    function _roll(address account, AccountWord word, uint256 epoch, uint256 periodStart)
        private
        returns (AccountWord rolled)
    {
        AccountWord gone;
        (rolled, gone) = word.roll(epoch, periodStart);
        if (AccountWord.unwrap(gone) != 0) emit Transfer(account, address(0), gone.points());
    }

    function _live(AccountWord word) private view returns (AccountWord rolled) {
        (rolled,) = word.rollLots(currentEpoch());
    }
}
