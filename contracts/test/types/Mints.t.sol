// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Mints} from "../../src/types/Mints.sol";
import {Receipts} from "../Receipts.sol";

/// @notice
/// hash ── of a chunk not full │ full │ many │ the largest batch: as written out
/// prove ─ every entry of each
///      └── another index │ chunk │ list of hashes │ beyond the last entry │ beyond the last chunk ── revert
contract MintsTest is Test {
    using Mints for Mints.Pages;

    bytes private constant FAULT = abi.encodeWithSelector(Mints.InvalidMintProof.selector);

    function test_ProvesEveryEntry() public view {
        uint256[6] memory counts = [uint256(1), 31, 32, 33, 64, 97];
        for (uint256 c; c < counts.length; ++c) {
            provesAll(counts[c]);
        }
    }

    function test_ProvesTheLargestBatch() public view {
        provesAll(600);
    }

    function test_RevertWhen_IndexIsBeyondTheLast() public {
        (bytes memory entries, uint48[] memory points) = batch(40);
        bytes32 hash = this.hashed(entries, points);
        bytes32[] memory hashes = Receipts.chunkHashesOf(entries, points);
        bytes memory second = Receipts.chunkOf(entries, points, 1);
        this.prove(hash, 39, second, hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 40, second, hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 64, second, hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 64, "", hashes);
    }

    function test_RevertWhen_ChunkIsAnother() public {
        (bytes memory entries, uint48[] memory points) = batch(40);
        bytes32 hash = this.hashed(entries, points);
        bytes32[] memory hashes = Receipts.chunkHashesOf(entries, points);
        bytes memory chunk = Receipts.chunkOf(entries, points, 0);
        vm.expectRevert(FAULT);
        this.prove(hash, 32, chunk, hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, Receipts.chunkOf(entries, points, 1), hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, bytes.concat(chunk, bytes1(0)), hashes);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, bytes.concat(chunk, bytes32(0)), hashes);
    }

    function test_RevertWhen_HashesAreOthers() public {
        (bytes memory entries, uint48[] memory points) = batch(40);
        bytes32 hash = this.hashed(entries, points);
        ++points[3];
        bytes32[] memory hashes = Receipts.chunkHashesOf(entries, points);
        bytes memory chunk = Receipts.chunkOf(entries, points, 0);
        vm.expectRevert(FAULT);
        this.prove(hash, 3, chunk, hashes);
        bytes32[] memory none = new bytes32[](0);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, chunk, none);
    }

    /// @dev What proves an entry proves none otherwise: whatever bit of the chunk is flipped, it is refused.
    function testFuzz_RevertWhen_ABitIsFlipped(uint256 bit) public {
        (bytes memory entries, uint48[] memory points) = batch(3);
        bytes32 hash = this.hashed(entries, points);
        bytes memory chunk = Receipts.chunkOf(entries, points, 0);
        bit %= chunk.length * 8;
        chunk[bit / 8] = chunk[bit / 8] ^ bytes1(uint8(1 << (bit % 8)));
        bytes32[] memory hashes = Receipts.chunkHashesOf(entries, points);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, chunk, hashes);
        hashes[0] = keccak256(chunk);
        vm.expectRevert(FAULT);
        this.prove(hash, 0, chunk, hashes);
    }

    function provesAll(uint256 count) private view {
        (bytes memory entries, uint48[] memory points) = batch(count);
        bytes32 hash = this.hashed(entries, points);
        assertEq(hash, Receipts.mintsHashOf(entries, points));
        bytes32[] memory hashes = Receipts.chunkHashesOf(entries, points);
        for (uint256 number; number < hashes.length; ++number) {
            bytes memory chunk = Receipts.chunkOf(entries, points, number);
            for (uint256 i = number * 32; i < count && i < number * 32 + 32; ++i) {
                (address account, uint48 units, uint256 minted) = this.prove(hash, i, chunk, hashes);
                (address expected, uint48 expectedUnits) = Receipts.entryAt(entries, i);
                assertEq(account, expected);
                assertEq(units, expectedUnits);
                assertEq(minted, points[i]);
            }
        }
    }

    function batch(uint256 count) private pure returns (bytes memory entries, uint48[] memory points) {
        points = new uint48[](count);
        for (uint256 i; i < count; ++i) {
            bytes32 seed = keccak256(abi.encode(i));
            entries = bytes.concat(entries, bytes26(seed));
            points[i] = i % 5 == 0 ? 0 : uint48(uint256(seed));
        }
    }

    /// @dev In the order in which entries are minted.
    function hashed(bytes calldata entries, uint48[] calldata points) external pure returns (bytes32) {
        Mints.Pages memory pages = Mints.open(entries);
        for (uint256 i; i < points.length; ++i) {
            pages.setPoints(pages.begin + i * 26, points[i]);
        }
        assert(pages.end == pages.begin + entries.length);
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        assert(pages.end < pages.points && pages.points + 0x20 <= free);
        return pages.hash();
    }

    function prove(bytes32 mintsHash, uint256 index, bytes calldata chunk, bytes32[] calldata hashes)
        external
        pure
        returns (address account, uint48 units, uint256 points)
    {
        return Mints.prove(mintsHash, index, chunk, hashes);
    }
}
