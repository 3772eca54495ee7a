// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {ERC1363Utils} from "@openzeppelin/contracts/token/ERC20/utils/ERC1363Utils.sol";
import {Transfers} from "./Transfers.sol";

/// @notice ERC-1363: transfers and approvals that tell a contract of themselves, in the same transaction. A receiver or spender
/// that is no contract, or does not answer as the standard asks, undoes them.
/// @dev The call is the last thing that happens, with the ledger as it is after the transfer: to come back from it does nothing
/// that another transaction could not.
abstract contract Callbacks is Transfers {
    /// @inheritdoc IERC1363
    function transferAndCall(address to, uint256 value) external returns (bool) {
        return transferAndCall(to, value, "");
    }

    /// @inheritdoc IERC1363
    function transferAndCall(address to, uint256 value, bytes memory data) public returns (bool) {
        transfer(to, value);
        ERC1363Utils.checkOnERC1363TransferReceived(msg.sender, msg.sender, to, value, data);
        return true;
    }

    /// @inheritdoc IERC1363
    function transferFromAndCall(address from, address to, uint256 value) external returns (bool) {
        return transferFromAndCall(from, to, value, "");
    }

    /// @inheritdoc IERC1363
    function transferFromAndCall(address from, address to, uint256 value, bytes memory data) public returns (bool) {
        transferFrom(from, to, value);
        ERC1363Utils.checkOnERC1363TransferReceived(msg.sender, from, to, value, data);
        return true;
    }

    /// @inheritdoc IERC1363
    function approveAndCall(address spender, uint256 value) external returns (bool) {
        return approveAndCall(spender, value, "");
    }

    /// @inheritdoc IERC1363
    function approveAndCall(address spender, uint256 value, bytes memory data) public returns (bool) {
        approve(spender, value);
        ERC1363Utils.checkOnERC1363ApprovalReceived(msg.sender, spender, value, data);
        return true;
    }
}
