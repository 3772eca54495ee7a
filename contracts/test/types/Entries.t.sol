// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Entries} from "../../src/types/Entries.sol";

/// @notice
/// count ── none │ part of one ── revert │ one │ many
/// reading ─ any entry, in calldata and in memory
contract EntriesTest is Test {
    function test_RevertWhen_LengthIsNotOfWholeEntries() public {
        uint256[4] memory lengths = [uint256(0), 1, 25, 27];
        for (uint256 i; i < lengths.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Entries.MalformedEntries.selector, lengths[i]));
            this.count(new bytes(lengths[i]));
        }
    }

    function test_Count() public view {
        assertEq(this.count(new bytes(26)), 1);
        assertEq(this.count(new bytes(26 * 600)), 600);
    }

    function test_Sizes() public pure {
        assertEq(Entries.ENTRY_BYTES, 26);
        assertEq(Entries.ENTRIES_MAX, 600);
    }

    function testFuzz_ReadsWhatWasPacked(address[7] memory accounts, uint48[7] memory units, uint256 which)
        public
        view
    {
        which %= 7;
        bytes memory packed;
        for (uint256 i; i < 7; ++i) {
            packed = bytes.concat(packed, abi.encodePacked(accounts[i], units[i]));
        }
        (address account, uint48 units_) = this.readCalldata(packed, which);
        assertEq(account, accounts[which]);
        assertEq(units_, units[which]);
        uint256 cursor;
        // assembly: Solidity does not tell where memory lies.
        assembly ("memory-safe") {
            cursor := add(add(packed, 0x20), mul(which, 26))
        }
        uint256 entry = Entries.read(cursor);
        assertEq(Entries.accountOf(entry), accounts[which]);
        assertEq(Entries.unitsOf(entry), units[which]);
    }

    function count(bytes calldata entries) external pure returns (uint256) {
        return Entries.count(entries);
    }

    function readCalldata(bytes calldata entries, uint256 index) external pure returns (address, uint48) {
        uint256 entry = Entries.readCalldata(Entries.begin(entries) + index * Entries.ENTRY_BYTES);
        return (Entries.accountOf(entry), Entries.unitsOf(entry));
    }
}
