// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {Rate} from "../../src/types/Rate.sol";
import {TierMultipliers} from "../../src/types/Tiers.sol";

/// @notice What an award earns, against the fraction that it is.
contract RateProofs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The fraction rounded down, and at most the cap. The library multiplies without looking for overflow; of the factors, none
    /// has more bits than here, so the widest product, of 48, 32 and 16 bits and a sum, has fewer than 100.
    function check_PointsFor(
        uint32 numerator,
        uint32 denominator,
        uint48 fixedPoints,
        uint48 cap,
        uint64 multipliers,
        uint48 units,
        uint256 tier
    ) public pure {
        vm.assume(denominator != 0 && tier < 4);
        uint256 each;
        while (each != tier) ++each;
        Rate memory rate = Rate(numerator, denominator, fixedPoints, cap, TierMultipliers.wrap(multipliers));
        uint256 multiplier = multipliers / 2 ** (16 * each) % 2 ** 16;
        // unchecked: for the solver, for which two products of the same factors are the same as long as neither can revert.
        unchecked {
            uint256 dividend = (uint256(fixedPoints) * denominator + uint256(units) * numerator) * multiplier;
            uint256 expected = dividend / (uint256(denominator) * 1_000);
            if (expected > cap) expected = cap;
            assert(rate.pointsFor(units, each) == expected);
        }
    }

    function check_PointsForIsWithinTheCap(
        uint32 numerator,
        uint32 denominator,
        uint48 fixedPoints,
        uint48 cap,
        uint64 multipliers,
        uint48 units,
        uint8 tier
    ) public pure {
        vm.assume(denominator != 0 && tier < 4);
        Rate memory rate = Rate(numerator, denominator, fixedPoints, cap, TierMultipliers.wrap(multipliers));
        assert(rate.pointsFor(units, tier) <= cap);
    }
}
