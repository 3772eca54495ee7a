// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {POINTS_MAX} from "./AccountWord.sol";

/// @notice How many points of a tier period lead to each tier above the lowest, less 1, in one word.
///
///   183      138 137     92 91      46 45       0
///  +------------+----------+----------+----------+
///  | 2 ** 46 - 1|  tier 3  |  tier 2  |  tier 1  |
///  +------------+----------+----------+----------+
///
/// The field of tier n is thus the largest total at which an account of tier n - 1 stays there; all ones where nothing leads further.
type TierThresholds is uint256;

/// @notice What a rule multiplies an account's points by, by tier, in thousandths.
///
///   63    48 47    32 31    16 15     0
///  +--------+--------+--------+--------+
///  | tier 3 | tier 2 | tier 1 | tier 0 |
///  +--------+--------+--------+--------+
type TierMultipliers is uint64;

using TierThresholdsLibrary for TierThresholds global;
using TierMultipliersLibrary for TierMultipliers global;

uint256 constant TIERS = 4;

/// @dev The multiplier that changes nothing.
uint256 constant MULTIPLIER_ONE = 1_000;

library TierThresholdsLibrary {
    uint256 private constant FIELD_BITS = 46;

    /// @notice Thresholds must rise from tier to tier; after a 0 there are only 0s, and no tiers.
    error InvalidTierThresholds(uint48[3] thresholds);

    function pack(uint48[3] memory thresholds) internal pure returns (TierThresholds) {
        uint256 word = POINTS_MAX << ((TIERS - 1) * FIELD_BITS);
        uint256 previous;
        for (uint256 i; i < TIERS - 1; ++i) {
            uint256 threshold = thresholds[i];
            bool ended = i > 0 && previous == 0;
            if (threshold > POINTS_MAX || (threshold != 0 && (ended || threshold <= previous))) {
                revert InvalidTierThresholds(thresholds);
            }
            word |= (threshold == 0 ? POINTS_MAX : threshold - 1) << (i * FIELD_BITS);
            previous = threshold;
        }
        return TierThresholds.wrap(word);
    }

    /// @dev The largest total with which an account stays in `tier`.
    function largestOf(TierThresholds thresholds, uint256 tier) internal pure returns (uint256) {
        return (TierThresholds.unwrap(thresholds) >> (tier * FIELD_BITS)) & POINTS_MAX;
    }

    /// @dev The tier to which `total` points lead.
    function tierOf(TierThresholds thresholds, uint256 total) internal pure returns (uint256 tier) {
        while (total > thresholds.largestOf(tier)) ++tier;
    }
}

library TierMultipliersLibrary {
    function inTier(TierMultipliers multipliers, uint256 tier) internal pure returns (uint256) {
        return (TierMultipliers.unwrap(multipliers) >> (tier * 16)) & 0xFFFF;
    }

    /// @dev Whether any tier's multiplier is lower in `next`.
    function isWorse(TierMultipliers current, TierMultipliers next) internal pure returns (bool) {
        for (uint256 tier; tier < TIERS; ++tier) {
            if (next.inTier(tier) < current.inTier(tier)) return true;
        }
        return false;
    }
}
