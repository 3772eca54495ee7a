// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Program, ProgramKeys, ProgramTerms} from "../types/Program.sol";
import {IExchangeRegistry} from "./IExchangeRegistry.sol";

/// @title Creates programs: each in one transaction, at addresses known before.
///
/// @notice The addresses of a program follow from who creates it and a salt of theirs, whatever its terms and on whatever chain: with the
/// factory at the same address there, they are the same. Nobody else can take them.
///
/// Who may do what is set as in Permissions. The factory itself keeps no role in a program, and nobody can change its code or
/// what it creates: a contract that it created is of the code of a blueprint, for ever.
///
/// @dev Faults of the terms are those of the contracts' constructors.
interface IProgramFactory is IExchangeRegistry {
    event ProgramCreated(
        address indexed creator, bytes32 indexed salt, address indexed token, Program program, ProgramKeys keys
    );

    /// @notice A program needs an owner.
    error NoOwner();

    /// @notice There is no code at this address.
    error NoMemberAccount(address account);

    /// @notice Creates the caller's program of this salt.
    /// @dev Reverts with {NoOwner}, or with `DeploymentFailed()` where the caller has created it already.
    function create(bytes32 salt, ProgramTerms calldata terms, ProgramKeys calldata keys)
        external
        returns (Program memory program);

    /// @notice The addresses of a program, created or not.
    function programOf(address creator, bytes32 salt) external view returns (Program memory program);

    /// @notice Where the creation code of each contract is.
    function blueprints() external view returns (Program memory);

    /// @notice The MemberAccount to which the accounts of all programs delegate.
    function memberAccount() external view returns (address);
}
