// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IMemberAccounts} from "./interfaces/IMemberAccounts.sol";
import {MemberAccount} from "./MemberAccount.sol";

/// @notice See {IMemberAccounts}. Nothing here is restricted: the authority is for the accounts, which ask it who is custodian.
contract MemberAccounts is IMemberAccounts, AccessManaged {
    address public immutable implementation = address(new MemberAccount());

    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc IMemberAccounts
    function create(bytes32 commitment) external returns (address account) {
        account = accountOf(commitment);
        if (account.code.length == 0) {
            Clones.cloneDeterministic(implementation, commitment);
            emit AccountCreated(account, commitment);
        }
    }

    /// @inheritdoc IMemberAccounts
    function accountOf(bytes32 commitment) public view returns (address account) {
        return Clones.predictDeterministicAddress(implementation, commitment);
    }
}
