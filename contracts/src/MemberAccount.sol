// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IMemberAccount} from "./interfaces/IMemberAccount.sol";
import {Roles} from "./types/Roles.sol";

/// @notice See {IMemberAccount}.
contract MemberAccount is IMemberAccount {
    /// @dev Immutable, hence part of the code that every clone delegates to.
    address public immutable factory = msg.sender;

    receive() external payable {}

    /// @inheritdoc IMemberAccount
    function execute(address target, uint256 value, bytes calldata data) external returns (bytes memory result) {
        (bool isMember, uint32 delay) =
            IAccessManager(IAccessManaged(factory).authority()).hasRole(Roles.CUSTODIAN, msg.sender);
        if (!isMember || delay != 0) revert NotCustodian(msg.sender);
        emit Executed(msg.sender, target, value, data);
        bool success;
        (success, result) = target.call{value: value}(data);
        return Address.verifyCallResult(success, result);
    }
}
