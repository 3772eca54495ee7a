// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IMemberAccount} from "./interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "./interfaces/IMemberAccounts.sol";
import {Roles} from "./types/Roles.sol";
import {Signed} from "./types/Signed.sol";

/// @notice See {IMemberAccounts}. Nothing here is restricted by function: the authority tells who is custodian.
contract MemberAccounts is IMemberAccounts, AccessManaged, EIP712 {
    bytes32 private constant CLAIM = keccak256("Claim(address account,address member,uint256 deadline)");

    address public immutable implementation;

    constructor(address authority_, address implementation_) AccessManaged(authority_) EIP712("MemberAccounts", "1") {
        implementation = implementation_;
    }

    /// @inheritdoc IMemberAccounts
    function create(bytes32 commitment) public returns (address account) {
        account = accountOf(commitment);
        if (account.code.length == 0) {
            Clones.cloneDeterministicWithImmutableArgs(implementation, abi.encodePacked(this), commitment);
            emit AccountCreated(account, commitment);
        }
    }

    /// @inheritdoc IMemberAccounts
    function claim(bytes32 commitment, address member, uint256 deadline, bytes calldata consent)
        external
        returns (address account)
    {
        if (!isCustodian(msg.sender)) revert NotCustodian(msg.sender);
        return _claim(commitment, member, deadline, consent);
    }

    /// @inheritdoc IMemberAccounts
    function claimSigned(
        bytes32 commitment,
        address member,
        uint256 deadline,
        bytes calldata consent,
        address custodian,
        bytes calldata signature
    ) external returns (address account) {
        if (!isCustodian(custodian)) revert NotCustodian(custodian);
        bytes32 structHash = keccak256(abi.encode(CLAIM, accountOf(commitment), member, deadline));
        if (!Signed.isBy(custodian, _hashTypedDataV4(structHash), signature)) revert InvalidSignature(custodian);
        return _claim(commitment, member, deadline, consent);
    }

    /// @inheritdoc IMemberAccounts
    function accountOf(bytes32 commitment) public view returns (address account) {
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, abi.encodePacked(this), commitment);
    }

    /// @inheritdoc IMemberAccounts
    function isCustodian(address account) public view returns (bool) {
        (bool isMember, uint32 delay) = IAccessManager(authority()).hasRole(Roles.CUSTODIAN, account);
        return isMember && delay == 0;
    }

    function _claim(bytes32 commitment, address member, uint256 deadline, bytes calldata consent)
        private
        returns (address account)
    {
        account = create(commitment);
        IMemberAccount(account).claim(member, deadline, consent);
        emit AccountClaimed(account, member);
    }
}
