// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title One member's account, in which the program's custodian acts for the member.
interface IMemberAccount {
    event Executed(address indexed custodian, address indexed target, uint256 value, bytes data);

    /// @notice The caller lacks the custodian's role, or holds it with a delay.
    error NotCustodian(address caller);

    /// @notice Calls `target` as this account and returns its answer; if `target` reverts, this reverts with the same data.
    /// @dev The value is paid from the account's own funds. A target without code answers any call with nothing.
    function execute(address target, uint256 value, bytes calldata data) external returns (bytes memory result);

    /// @notice The MemberAccounts whose authority names the custodians.
    function factory() external view returns (address);
}
