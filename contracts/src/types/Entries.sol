// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The entries of a batch, end to end:
///
///  0                    20        26                   46        52
///  +--------------------+---------+--------------------+---------+---
///  |    account (20)    | units 6 |    account (20)    | units 6 | ...
///  +--------------------+---------+--------------------+---------+---
library Entries {
    uint256 internal constant ENTRY_BYTES = 26;
    uint256 internal constant ENTRIES_MAX = 600;

    error MalformedEntries(uint256 length);

    function count(bytes calldata entries) internal pure returns (uint256 entryCount) {
        entryCount = entries.length / ENTRY_BYTES;
        if (entries.length % ENTRY_BYTES != 0 || entryCount == 0) revert MalformedEntries(entries.length);
    }

    /// @dev Where the first entry is; each next one is ENTRY_BYTES further.
    function begin(bytes calldata entries) internal pure returns (uint256 cursor) {
        // assembly: Solidity does not tell where calldata lies.
        assembly ("memory-safe") {
            cursor := entries.offset
        }
    }

    /// @dev The entry at `cursor` in calldata: account (160 bits), units (48), and 48 bits of whatever follows.
    function readCalldata(uint256 cursor) internal pure returns (uint256 entry) {
        // assembly: a slice checks its bounds twice. The caller keeps the cursor within the entries.
        assembly ("memory-safe") {
            entry := calldataload(cursor)
        }
    }

    /// @dev As {readCalldata}, in memory.
    function read(uint256 cursor) internal pure returns (uint256 entry) {
        // assembly: as above.
        assembly ("memory-safe") {
            entry := mload(cursor)
        }
    }

    function accountOf(uint256 entry) internal pure returns (address) {
        return address(uint160(entry >> 96));
    }

    function unitsOf(uint256 entry) internal pure returns (uint48) {
        return uint48(entry >> 48);
    }
}
