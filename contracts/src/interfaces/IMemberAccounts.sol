// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Members' accounts, whose addresses are known before they exist.
///
/// @notice An account's address follows from a commitment, a salted hash that says nothing of the person without its salt.
/// Points can be sent to the address at any time; code is put there (an ERC-1167 clone) when the account must act.
interface IMemberAccounts {
    event AccountCreated(address indexed account, bytes32 indexed commitment);

    /// @notice Puts code at the account's address, if there is none yet. For anyone: the outcome is the same.
    function create(bytes32 commitment) external returns (address account);

    /// @notice The account's address, with code or without.
    function accountOf(bytes32 commitment) external view returns (address account);

    /// @notice The MemberAccount that every account delegates to.
    function implementation() external view returns (address);
}
