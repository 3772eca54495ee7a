// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice How units become points: `units * numerator / denominator` or a fixed amount, and at most `cap`.
/// @dev The denominator is at least 1, and either the numerator or the fixed amount is 0. See TermsLibrary.check.
struct Rate {
    uint32 numerator;
    uint32 denominator;
    uint48 fixedPoints;
    uint48 cap;
}

using RateLibrary for Rate global;

library RateLibrary {
    function pointsFor(Rate memory rate, uint256 units) internal pure returns (uint256) {
        return points(units, rate.numerator, rate.denominator, rate.fixedPoints, rate.cap);
    }

    /// @dev Points for `units`, rounded down. Of rate and fixed amount one is 0, so their sum is the one in force.
    function points(uint256 units, uint256 numerator, uint256 denominator, uint256 fixedPoints, uint256 cap)
        internal
        pure
        returns (uint256 earned)
    {
        // assembly: `/` compares with 0 at each award, which the terms of a rule went through once for all.
        // Units of 48 bits times 32 bits do not overflow.
        assembly ("memory-safe") {
            earned := add(fixedPoints, div(mul(units, numerator), denominator))
        }
        if (earned > cap) earned = cap;
    }
}
