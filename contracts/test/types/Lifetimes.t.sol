// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccountWord, LOT_BITS} from "../../src/types/AccountWord.sol";
import {Agreement} from "../../src/types/Agreement.sol";
import {Lifetimes} from "../../src/types/Lifetimes.sol";

/// @notice
/// convertibleAges ─ none │ some │ all │ a source that never expires │ a target that never does
/// ageWithin ─────── the same expiry │ between two │ later than all │ never
/// convert ───────── from empty lots │ of lots alone │ each lot at its age │ lots that meet at one age │ what is left over goes to the older lot
contract LifetimesTest is Test {
    uint256 private constant EPOCH = 70;

    // convertibleAges

    function test_PointsThatOutliveTheTargetsOldestAreConvertible() public pure {
        Lifetimes memory target = expiring(400, 300, 200, 100);
        assertEq(expiring(99, 98, 97, 96).convertibleAges(target), 0);
        assertEq(expiring(100, 99, 98, 97).convertibleAges(target), 1, "the same second");
        assertEq(expiring(900, 600, 300, 0).convertibleAges(target), 3);
        assertEq(expiring(400, 300, 200, 100).convertibleAges(target), 4);
    }

    function test_OnlyPointsThatNeverExpireBecomeSuch() public pure {
        assertEq(never().convertibleAges(expiring(400, 300, 200, 100)), 4);
        assertEq(never().convertibleAges(never()), 4);
        assertEq(expiring(400, 300, 200, 100).convertibleAges(never()), 0);
    }

    // ageWithin

    function test_FreshestAgeThatDoesNotOutlive() public pure {
        Lifetimes memory target = expiring(400, 300, 200, 100);
        assertEq(target.ageWithin(type(uint256).max), 0);
        assertEq(target.ageWithin(400), 0);
        assertEq(target.ageWithin(399), 1);
        assertEq(target.ageWithin(300), 1);
        assertEq(target.ageWithin(299), 2);
        assertEq(target.ageWithin(199), 3);
        assertEq(target.ageWithin(100), 3);
        assertEq(never().ageWithin(type(uint256).max), 0);
    }

    // convert

    function test_LotsOfOneCalendarKeepTheirAges() public pure {
        Lifetimes memory source = expiring(400, 300, 200, 100);
        AccountWord lots = source.convert(source, at(1, 1), word([uint256(4), 3, 2, 1]), EPOCH);
        assertLots(lots, [uint256(4), 3, 2, 1]);
    }

    function test_LotsMeetAtTheAgeThatOutlivesNone() public pure {
        Lifetimes memory target = expiring(4000, 3000, 2000, 1000);
        // The source's epochs are shorter: three of its ages fall into one of the target's.
        Lifetimes memory source = expiring(2200, 2100, 2000, 1900);
        assertLots(source.convert(target, at(1, 1), word([uint256(4), 3, 2, 1]), EPOCH), [uint256(0), 0, 4 + 3 + 2, 1]);
        assertLots(never().convert(target, at(1, 1), word([uint256(4), 3, 2, 1]), EPOCH), [uint256(10), 0, 0, 0]);
    }

    /// @dev 2 + 2 points at one for three: what is left over of the younger two completes a point of the older ones' age.
    function test_WhatIsLeftOverCountsWithTheOlderLot() public pure {
        Lifetimes memory source = expiring(400, 300, 200, 100);
        assertLots(source.convert(source, at(3, 1), word([uint256(2), 0, 2, 0]), EPOCH), [uint256(0), 0, 1, 0]);
        assertLots(source.convert(source, at(3, 1), word([uint256(4), 1, 1, 3]), EPOCH), [uint256(1), 0, 1, 1]);
    }

    function test_LargestLotsStayApart() public pure {
        Lifetimes memory source = expiring(400, 300, 200, 100);
        uint256 half = 2 ** 45;
        assertLots(source.convert(source, at(1, 1), word([half, 0, half - 1, 0]), EPOCH), [half, 0, half - 1, 0]);
    }

    function test_TheFirstEpochsBeginEmpty() public pure {
        Lifetimes memory source = expiring(400, 300, 200, 100);
        for (uint256 epoch; epoch < 5; ++epoch) {
            AccountWord lots = source.convert(source, at(1, 1), word([uint256(4), 3, 2, 1]), epoch);
            assertEq(lots.points(), 10);
            assertEq(lots.epoch(), epoch);
        }
    }

    function test_OnlyLotsAreConverted() public pure {
        Lifetimes memory source = expiring(400, 300, 200, 100);
        AccountWord whole = AccountWord.wrap(
            AccountWord.unwrap(word([uint256(4), 3, 2, 1])) | (uint256(77) << (4 * LOT_BITS)) | (EPOCH << 240)
        );
        assertLots(source.convert(source, at(1, 1), whole, EPOCH), [uint256(4), 3, 2, 1]);
    }

    /// @dev At every moment, what lives of the minted is worth no more than what would live of the burned.
    function testFuzz_NoLifeIsGained(
        uint256[4] memory sourceExpiries,
        uint256[4] memory targetExpiries,
        uint256[4] memory parts,
        uint48 sourcePoints,
        uint48 targetPoints
    ) public pure {
        Lifetimes memory source = descending(sourceExpiries);
        Lifetimes memory target = descending(targetExpiries);
        Agreement memory agreement =
            at(uint48(bound(sourcePoints, 1, 2 ** 44)), uint48(bound(targetPoints, 1, 2 ** 44)));
        uint256 ages = source.convertibleAges(target);
        uint256 burned;
        for (uint256 age; age < 4; ++age) {
            // Lots of which no more than 2^46 - 1 points are minted.
            uint256 most = (uint256(2 ** 44 - 1) * agreement.sourcePoints) / agreement.targetPoints;
            parts[age] = age < ages ? bound(parts[age], 0, most < 2 ** 44 ? most : 2 ** 44 - 1) : 0;
            burned += parts[age];
        }
        AccountWord lots = source.convert(target, agreement, word(parts), EPOCH);
        assertEq(lots.epoch(), EPOCH);
        assertEq(lots.total(), 0);
        assertEq(lots.points(), agreement.mintedRoundedDown(burned), "rounded down once");
        for (uint256 i; i < 8; ++i) {
            uint256 moment = i < 4 ? source.expiries[i] : target.expiries[i - 4];
            uint256 liveOfSource;
            uint256 liveOfTarget;
            for (uint256 age; age < 4; ++age) {
                if (source.expiries[age] >= moment) liveOfSource += parts[age];
                if (target.expiries[age] >= moment) liveOfTarget += lots.lot(age);
            }
            assertLe(liveOfTarget, agreement.mintedRoundedDown(liveOfSource));
        }
    }

    /// @dev Any four expiries, at times the same or never, none later than that of a younger age.
    function descending(uint256[4] memory expiries) private pure returns (Lifetimes memory lifetimes) {
        uint256 expiry = type(uint256).max;
        for (uint256 age; age < 4; ++age) {
            if (expiries[age] % 8 != 0) expiry = bound(expiries[age], 0, expiry < 40 ? expiry : 40);
            lifetimes.expiries[age] = expiry;
        }
    }

    function expiring(uint256 age0, uint256 age1, uint256 age2, uint256 age3) private pure returns (Lifetimes memory) {
        return Lifetimes([age0, age1, age2, age3]);
    }

    function never() private pure returns (Lifetimes memory) {
        return expiring(type(uint256).max, type(uint256).max, type(uint256).max, type(uint256).max);
    }

    function at(uint48 sourcePoints, uint48 targetPoints) private pure returns (Agreement memory agreement) {
        (agreement.sourcePoints, agreement.targetPoints) = (sourcePoints, targetPoints);
    }

    function word(uint256[4] memory lots) private pure returns (AccountWord) {
        return
            AccountWord.wrap(
                lots[0] | (lots[1] << LOT_BITS) | (lots[2] << (2 * LOT_BITS)) | (lots[3] << (3 * LOT_BITS))
            );
    }

    function assertLots(AccountWord lots, uint256[4] memory expected) private pure {
        for (uint256 age; age < 4; ++age) {
            assertEq(lots.lot(age), expected[age]);
        }
        assertEq(lots.epoch(), EPOCH);
    }
}
