// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AwardProof, GroupMints} from "../src/types/AwardGroup.sol";

/// @notice What an issuer keeps of a batch to prove its awards later, and how it does: as whoever reads the interfaces would write it.
/// @dev One group of it.
/// @param points of each entry, 0 where refused
struct Kept {
    uint32 ruleId;
    uint32 version;
    bytes entries;
    uint48[] points;
}

library Receipts {
    uint256 private constant ENTRY_BYTES = 26;
    uint256 private constant CHUNK_ENTRIES = 32;

    /// @dev The leaf of each entry, through all groups. The hash of a receipt is that of its position.
    function leavesOf(bytes[] memory groups) internal pure returns (bytes32[] memory leaves) {
        uint256 count;
        for (uint256 g; g < groups.length; ++g) {
            count += groups[g].length / ENTRY_BYTES;
        }
        leaves = new bytes32[](count);
        uint256 position;
        for (uint256 g; g < groups.length; ++g) {
            for (uint256 i; i < groups[g].length / ENTRY_BYTES; ++i) {
                (address account, uint48 units) = entryAt(groups[g], i);
                leaves[position] = leafOf(uint32(position), account, units, receiptHashOf(position));
                ++position;
            }
        }
    }

    function leafOf(uint32 position, address account, uint48 units, bytes32 receiptHash)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(bytes.concat(keccak256(abi.encode(position, account, units, receiptHash))));
    }

    function receiptHashOf(uint256 position) internal pure returns (bytes32) {
        return keccak256(abi.encode("receipt", position));
    }

    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) {
            leaves = _above(leaves);
        }
        return leaves[0];
    }

    function proofOf(bytes32[] memory leaves, uint256 position) internal pure returns (bytes32[] memory proof) {
        while (leaves.length > 1) {
            uint256 sibling = position ^ 1;
            if (sibling < leaves.length) proof = _with(proof, leaves[sibling]);
            leaves = _above(leaves);
            position /= 2;
        }
    }

    function chunkOf(bytes memory entries, uint48[] memory points, uint256 number)
        internal
        pure
        returns (bytes memory chunk)
    {
        uint256 first = number * CHUNK_ENTRIES;
        uint256 last = points.length < first + CHUNK_ENTRIES ? points.length : first + CHUNK_ENTRIES;
        for (uint256 i = first; i < last; ++i) {
            (address account, uint48 units) = entryAt(entries, i);
            chunk = bytes.concat(chunk, abi.encodePacked(account, units));
        }
        for (uint256 i = last; i > first; --i) {
            chunk = bytes.concat(chunk, bytes6(points[i - 1]));
        }
    }

    function chunkHashesOf(bytes memory entries, uint48[] memory points)
        internal
        pure
        returns (bytes32[] memory hashes)
    {
        hashes = new bytes32[]((points.length + CHUNK_ENTRIES - 1) / CHUNK_ENTRIES);
        for (uint256 i; i < hashes.length; ++i) {
            hashes[i] = keccak256(chunkOf(entries, points, i));
        }
    }

    function mintsHashOf(bytes memory entries, uint48[] memory points) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(chunkHashesOf(entries, points)));
    }

    function entryAt(bytes memory entries, uint256 index) internal pure returns (address account, uint48 units) {
        uint256 at = index * ENTRY_BYTES;
        // assembly: Solidity slices calldata only.
        assembly ("memory-safe") {
            let entry := mload(add(add(entries, 0x20), at))
            account := shr(96, entry)
            units := and(shr(48, entry), 0xffffffffffff)
        }
    }

    /// @dev All but what names the batch.
    function prove(Kept[] memory groups, uint256 group, uint256 index) internal pure returns (AwardProof memory proof) {
        proof.groups = new GroupMints[](groups.length);
        bytes[] memory entries = new bytes[](groups.length);
        uint256 position = index;
        for (uint256 g; g < groups.length; ++g) {
            Kept memory kept = groups[g];
            entries[g] = kept.entries;
            uint32 count = uint32(kept.points.length);
            proof.groups[g] = GroupMints(kept.ruleId, kept.version, count, mintsHashOf(kept.entries, kept.points));
            if (g < group) position += count;
        }
        (proof.group, proof.index) = (uint32(group), uint32(index));
        proof.chunk = chunkOf(groups[group].entries, groups[group].points, index / CHUNK_ENTRIES);
        proof.chunkHashes = chunkHashesOf(groups[group].entries, groups[group].points);
        proof.receiptHash = receiptHashOf(position);
        proof.receiptProof = proofOf(leavesOf(entries), position);
    }

    function _above(bytes32[] memory leaves) private pure returns (bytes32[] memory above) {
        above = new bytes32[]((leaves.length + 1) / 2);
        for (uint256 i; i < above.length; ++i) {
            (uint256 left, uint256 right) = (2 * i, 2 * i + 1);
            // One without a sibling is passed on.
            above[i] = right < leaves.length ? _hash(leaves[left], leaves[right]) : leaves[left];
        }
    }

    function _hash(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function _with(bytes32[] memory list, bytes32 item) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = item;
    }
}
