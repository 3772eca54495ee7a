// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MULTIPLIER_ONE, TierMultipliers} from "./Tiers.sol";

/// @notice How units become points: `units * numerator / denominator` or a fixed amount, times the multiplier of the account's tier,
/// and at most `cap`.
/// @dev The denominator is at least 1, and either the numerator or the fixed amount is 0. See TermsLibrary.check.
struct Rate {
    uint32 numerator;
    uint32 denominator;
    uint48 fixedPoints;
    uint48 cap;
    TierMultipliers multipliers;
}

using RateLibrary for Rate global;

library RateLibrary {
    /// @dev Points of one award, rounded down once, after all the multiplications.
    function pointsFor(Rate memory rate, uint256 units, uint256 tier) internal pure returns (uint256 earned) {
        // unchecked: 48, 32 and 16 bits make 96, and the denominator is not 0.
        unchecked {
            earned = (rate.base() + units * rate.numerator) * rate.multipliers.inTier(tier) / rate.divisor();
        }
        if (earned > rate.cap) earned = rate.cap;
    }

    /// @dev What a fixed amount is before it is divided.
    function base(Rate memory rate) internal pure returns (uint256) {
        // unchecked: 48 and 32 bits.
        unchecked {
            return uint256(rate.fixedPoints) * rate.denominator;
        }
    }

    function divisor(Rate memory rate) internal pure returns (uint256) {
        // unchecked: 32 and 10 bits.
        unchecked {
            return uint256(rate.denominator) * MULTIPLIER_ONE;
        }
    }
}
