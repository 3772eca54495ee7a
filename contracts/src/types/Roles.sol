// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The roles of a program's AccessManager.
library Roles {
    /// @dev Grants roles and does whatever no other role may.
    uint64 internal constant OWNER = 0;
    /// @dev Sets rules, the catalogue and agreements, after a delay.
    uint64 internal constant OPERATOR = 1;
    /// @dev Sends batches.
    uint64 internal constant ISSUER = 2;
    /// @dev Pauses and freezes.
    uint64 internal constant GUARDIAN = 3;
    /// @dev Acts for the accounts of members who have not claimed them.
    uint64 internal constant CUSTODIAN = 4;
    /// @dev Claws back awards and refunds redemptions.
    uint64 internal constant ADJUSTER = 5;
}
