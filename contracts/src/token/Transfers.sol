// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IERC7818} from "../interfaces/IERC7818.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {Restrictions} from "./Restrictions.sol";

/// @notice How points move from one account to another. See {IPointsToken}.
abstract contract Transfers is Restrictions {
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

    function _approve(address owner, address spender, uint256 amount) internal {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        allowance[owner][spender] = amount;
        emit Approval(owner, spender, amount);
    }

    function _transfer(address from, address to, uint256 amount) internal {
        AccountWord word = _beginTransfer(from, to);
        uint256 balance = word.points();
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        (AccountWord rest, AccountWord taken) = word.take(amount, 3);
        _put(from, rest, to, taken);
        emit Transfer(from, to, amount);
    }

    /// @dev Of an epoch to come nobody has points, so of it only nothing can be moved.
    function _transferAtEpoch(uint256 ofEpoch, address from, address to, uint256 amount) private {
        if (isEpochExpired(ofEpoch)) revert ERC7818TransferredExpiredToken(from, ofEpoch);
        AccountWord word = _beginTransfer(from, to);
        uint256 age = Math.saturatingSub(word.epoch(), ofEpoch);
        // Points that never expire are all of the current epoch, so an older one has none.
        uint256 balance = ofEpoch > word.epoch() || age > 3 ? 0 : word.lot(age);
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        (AccountWord rest, AccountWord taken) = word.takeAt(age, amount);
        _put(from, rest, to, taken);
        emit TransferredAtEpoch(from, to, ofEpoch, amount);
        emit Transfer(from, to, amount);
    }

    /// @return word of `from`, rolled to now and not yet stored
    function _beginTransfer(address from, address to) private whenNotPaused returns (AccountWord word) {
        if (from == address(0)) revert ERC20InvalidSender(from);
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        word = _accounts[from].word;
        _checkNotFrozen(from, word);
        _checkPolicy(from, word, to, _accounts[to].word);
        word = _roll(from, word, currentEpoch());
    }

    /// @dev Stores both words. A transfer to oneself writes what it read: the sender's word is stored before the receiver's is
    /// read, and the lots taken are put back at the same ages.
    function _put(address from, AccountWord rest, address to, AccountWord taken) private {
        _storeRest(from, rest);
        _accounts[to].word = _roll(to, _accounts[to].word, taken.epoch()).put(taken);
    }

    function _spendAllowance(address owner, address spender, uint256 amount) private {
        uint256 allowed = allowance[owner][spender];
        if (allowed == type(uint256).max) return;
        if (allowed < amount) revert ERC20InsufficientAllowance(spender, allowed, amount);
        allowance[owner][spender] = allowed - amount;
    }
}
