// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7818} from "../../../src/interfaces/IERC7818.sol";

/// @notice ERC-7818 as its text reads: a balance for each account and epoch, epochs of 90 days of which four are live, and transfers
/// that take the oldest live points first and keep their epochs. No rule, no budget, no tier and no access control.
/// @dev `totalSupply` is 0, as the standard suggests: nothing tells what has expired.
contract ERC7818Asset is IERC7818, IERC20Errors {
    uint256 public constant epochLength = 90 days;
    uint256 public constant validityDuration = 4;
    EPOCH_TYPE public constant epochType = EPOCH_TYPE.TIME_BASED;
    uint256 public constant totalSupply = 0;

    uint256 private immutable _start = block.timestamp;
    mapping(uint256 epoch => mapping(address account => uint256)) private _balances;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mintBatch(address[] calldata accounts, uint256[] calldata amounts) external {
        uint256 epoch = currentEpoch();
        for (uint256 i; i < accounts.length; ++i) {
            if (accounts[i] == address(0)) revert ERC20InvalidReceiver(address(0));
            _balances[epoch][accounts[i]] += amounts[i];
            emit Transfer(address(0), accounts[i], amounts[i]);
        }
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _spendAllowance(from, amount);
        _transfer(from, to, amount);
        return true;
    }

    function transferAtEpoch(uint256 epoch, address to, uint256 amount) external returns (bool) {
        _transferAtEpoch(epoch, msg.sender, to, amount);
        return true;
    }

    function transferFromAtEpoch(uint256 epoch, address from, address to, uint256 amount) external returns (bool) {
        _spendAllowance(from, amount);
        _transferAtEpoch(epoch, from, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        if (spender == address(0)) revert ERC20InvalidSpender(spender);
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function balanceOf(address account) external view returns (uint256 balance) {
        uint256 current = currentEpoch();
        for (uint256 epoch = _oldest(current); epoch <= current; ++epoch) {
            balance += _balances[epoch][account];
        }
    }

    function balanceOfAtEpoch(uint256 epoch, address account) external view returns (uint256) {
        return isEpochExpired(epoch) ? 0 : _balances[epoch][account];
    }

    function currentEpoch() public view returns (uint256) {
        return (block.timestamp - _start) / epochLength;
    }

    function isEpochExpired(uint256 epoch) public view returns (bool) {
        return epoch < _oldest(currentEpoch());
    }

    function _transfer(address from, address to, uint256 amount) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint256 left = amount;
        uint256 current = currentEpoch();
        for (uint256 epoch = _oldest(current); left != 0; ++epoch) {
            if (epoch > current) revert ERC20InsufficientBalance(from, amount - left, amount);
            uint256 balance = _balances[epoch][from];
            if (balance == 0) continue;
            uint256 taken = balance < left ? balance : left;
            left -= taken;
            _balances[epoch][from] = balance - taken;
            _balances[epoch][to] += taken;
        }
        emit Transfer(from, to, amount);
    }

    function _transferAtEpoch(uint256 epoch, address from, address to, uint256 amount) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        if (isEpochExpired(epoch)) revert ERC7818TransferredExpiredToken(from, epoch);
        uint256 balance = _balances[epoch][from];
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        _balances[epoch][from] = balance - amount;
        _balances[epoch][to] += amount;
        emit Transfer(from, to, amount);
    }

    function _spendAllowance(address owner, uint256 amount) private {
        uint256 allowed = allowance[owner][msg.sender];
        if (allowed == type(uint256).max) return;
        if (allowed < amount) revert ERC20InsufficientAllowance(msg.sender, allowed, amount);
        allowance[owner][msg.sender] = allowed - amount;
    }

    function _oldest(uint256 current) private pure returns (uint256) {
        return current < validityDuration ? 0 : current - validityDuration + 1;
    }
}
