// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Rate} from "../../src/types/Rate.sol";
import {TierMultipliers} from "../../src/types/Tiers.sol";

/// @notice
/// pointsFor ─ a rate, rounded down once │ a fixed amount │ times the tier's multiplier │ below, at and above the cap │ the largest
/// base, divisor ─ what of the fraction does not depend on the units
contract RateTest is Test {
    TierMultipliers private constant MULTIPLIERS = TierMultipliers.wrap(0x07d0_05dc_04e2_03e8);

    function test_ARateIsRoundedDownOnceAfterAllMultiplications() public pure {
        Rate memory rate = Rate(1, 100, 0, 1_000, MULTIPLIERS);
        assertEq(rate.pointsFor(0, 0), 0);
        assertEq(rate.pointsFor(99, 0), 0);
        assertEq(rate.pointsFor(100, 0), 1);
        assertEq(rate.pointsFor(199, 0), 1);
        assertEq(rate.pointsFor(199, 1), 2, "2.4875");
        assertEq(rate.pointsFor(199, 2), 2, "2.985");
        assertEq(rate.pointsFor(199, 3), 3, "3.98");
    }

    function test_AFixedAmountIsEarnedWhateverTheUnits() public pure {
        Rate memory rate = Rate(0, 7, 10, 1_000, MULTIPLIERS);
        assertEq(rate.pointsFor(0, 0), 10);
        assertEq(rate.pointsFor(type(uint48).max, 0), 10);
        assertEq(rate.pointsFor(1, 1), 12, "12.5");
        assertEq(rate.pointsFor(1, 3), 20);
    }

    function test_AnAwardAboveTheCapIsLoweredToIt() public pure {
        Rate memory rate = Rate(1, 1, 0, 50, MULTIPLIERS);
        assertEq(rate.pointsFor(49, 0), 49);
        assertEq(rate.pointsFor(50, 0), 50);
        assertEq(rate.pointsFor(51, 0), 50);
        assertEq(rate.pointsFor(26, 3), 50, "the multiplier comes first");
    }

    function test_TheLargestFactorsDoNotOverflow() public pure {
        uint32 most = type(uint32).max;
        uint48 mostPoints = type(uint48).max;
        TierMultipliers multipliers = TierMultipliers.wrap(type(uint64).max);
        assertEq(Rate(most, 1, 0, mostPoints, multipliers).pointsFor(mostPoints, 3), mostPoints);
        // 65,535 thousandths of each unit.
        assertEq(Rate(most, most, 0, mostPoints, multipliers).pointsFor(2 ** 41, 3), uint256(2 ** 41) * 65_535 / 1_000);
    }

    function testFuzz_PartsOfTheFraction(uint32 numerator, uint32 denominator, uint48 fixedPoints) public pure {
        Rate memory rate = Rate(numerator, denominator, fixedPoints, 1, MULTIPLIERS);
        assertEq(rate.base(), uint256(fixedPoints) * denominator);
        assertEq(rate.divisor(), uint256(denominator) * 1_000);
    }
}
