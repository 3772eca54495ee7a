// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Entries} from "./Entries.sol";

/// @notice What proves the points of each entry of a batch.
///
/// The entries are cut into chunks of 32. A chunk is its entries as in Entries, and behind them the points of each (6 bytes, 0 where
/// refused), those of the last entry first. The hash of a batch's mints is that of the hashes of its chunks.
///
/// Points are written from behind, for the sake of the loop that mints them: each is stored as the 32 bytes that its log has,
/// of which the next one overwrites what lies before the 6.
library Mints {
    using Mints for Pages;

    uint256 internal constant POINTS_BYTES = 6;
    uint256 internal constant CHUNK_ENTRIES = 32;

    /// @notice The chunk, or the list of hashes, is not what was hashed.
    error InvalidMintProof();

    /// @dev Where entries are read and points written, in memory.
    /// @param count   entries
    /// @param begin   of the first entry
    /// @param end     of the last entry; behind it is one for no account, which is never minted
    /// @param points  where the points of the first entry are stored
    struct Pages {
        uint256 count;
        uint256 begin;
        uint256 end;
        uint256 points;
    }

    function open(bytes calldata entries) internal pure returns (Pages memory pages) {
        pages.count = entries.length / Entries.ENTRY_BYTES;
        // Behind the entries, room for the points of a chunk: {hash} puts them there.
        bytes memory copied = bytes.concat(entries, new bytes(CHUNK_ENTRIES * POINTS_BYTES));
        bytes memory points = new bytes(0x20 + pages.count * POINTS_BYTES);
        // assembly: Solidity does not tell where memory lies.
        assembly ("memory-safe") {
            mstore(add(pages, 0x20), add(copied, 0x20))
            mstore(add(pages, 0x60), add(points, mload(points)))
        }
        pages.end = pages.begin + entries.length;
    }

    /// @dev Where the points of the entry at `cursor` are stored.
    function pointsAt(Pages memory pages, uint256 cursor) internal pure returns (uint256) {
        // unchecked: the cursor is not before the first entry, and there is room for the points of all.
        unchecked {
            return pages.points - (cursor - pages.begin) / Entries.ENTRY_BYTES * POINTS_BYTES;
        }
    }

    function setPoints(Pages memory pages, uint256 cursor, uint256 points) internal pure {
        uint256 at = pages.pointsAt(cursor);
        // assembly: the lowest 6 bytes are the points, and those before them are written next.
        assembly ("memory-safe") {
            mstore(at, points)
        }
    }

    /// @dev Chunk by chunk from the last one, since the points of each are put behind its entries, over the next.
    function hash(Pages memory pages) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[]((pages.count + CHUNK_ENTRIES - 1) / CHUNK_ENTRIES);
        uint256 last = pages.count;
        for (uint256 i = hashes.length; i > 0;) {
            --i;
            uint256 first = i * CHUNK_ENTRIES;
            uint256 begin = pages.begin + first * Entries.ENTRY_BYTES;
            uint256 size = (last - first) * Entries.ENTRY_BYTES;
            uint256 points = pages.points + 0x20 - last * POINTS_BYTES;
            uint256 pointsSize = (last - first) * POINTS_BYTES;
            bytes32 chunkHash;
            // assembly: Solidity hashes whole arrays only.
            assembly ("memory-safe") {
                mcopy(add(begin, size), points, pointsSize)
                chunkHash := keccak256(begin, add(size, pointsSize))
            }
            hashes[i] = chunkHash;
            last = first;
        }
        return keccak256(abi.encodePacked(hashes));
    }

    /// @dev What `mintsHash` says of the entry at `index`.
    function prove(bytes32 mintsHash, uint256 index, bytes calldata chunk, bytes32[] calldata hashes)
        internal
        pure
        returns (address account, uint48 units, uint256 points)
    {
        uint256 size = chunk.length / (Entries.ENTRY_BYTES + POINTS_BYTES);
        uint256 at = index % CHUNK_ENTRIES;
        uint256 number = index / CHUNK_ENTRIES;
        if (
            number >= hashes.length || at >= size || keccak256(chunk) != hashes[number]
                || keccak256(abi.encodePacked(hashes)) != mintsHash
        ) {
            revert InvalidMintProof();
        }
        uint256 entry = Entries.readCalldata(Entries.begin(chunk) + at * Entries.ENTRY_BYTES);
        (account, units) = (Entries.accountOf(entry), Entries.unitsOf(entry));
        uint256 pointsAt_ = size * Entries.ENTRY_BYTES + (size - 1 - at) * POINTS_BYTES;
        points = uint48(bytes6(chunk[pointsAt_:pointsAt_ + POINTS_BYTES]));
    }
}
