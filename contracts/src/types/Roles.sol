// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The roles of a program's AccessManager. 3 is kept for the guardian.
library Roles {
    /// @dev Sets rules.
    uint64 internal constant OPERATOR = 1;
    /// @dev Sends batches.
    uint64 internal constant ISSUER = 2;
    /// @dev Acts for the accounts of members.
    uint64 internal constant CUSTODIAN = 4;
}
