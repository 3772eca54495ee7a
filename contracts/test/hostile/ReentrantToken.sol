// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Makes a call of its own in the midst of each transfer, and keeps what it was answered.
contract ReentrantToken is ERC20("Reentrant", "REE") {
    address private _target;
    bytes private _data;

    bool public succeeded;
    bytes public answer;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @dev Allows `spender` to take this token's own holdings, which it pays with when it deposits in the midst of a transfer.
    function allow(address spender) external {
        _approve(address(this), spender, type(uint256).max);
    }

    function reenter(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_target == address(0)) return;
        address target = _target;
        // Once: the transfers that the call itself makes are left alone.
        _target = address(0);
        (succeeded, answer) = target.call(_data);
    }
}
