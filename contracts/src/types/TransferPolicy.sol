// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Between whom points may be transferred. Each policy allows what those before it allow.
enum TransferPolicy {
    Partners, // to partners and from them
    Members, // to every account that points were ever awarded or sent to
    Open // to anyone
}
