// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Rate} from "./Rate.sol";
import {TierMultipliers} from "./Tiers.sol";

/// @notice What a rule lets a receipt earn.
/// @param opensAt       first second at which a receipt that occurs earns
/// @param closesAt      first second at which one no longer does
/// @param numerator     points = units * numerator / denominator, rounded down; 0 in a rule with a fixed amount
/// @param denominator   at least 1
/// @param fixedPoints   points of each award, whatever its units; 0 in a rule with a rate
/// @param capPerAward   an award above it is lowered to it
/// @param budget        points that the rule can mint in any window of `budgetWindow` seconds
/// @param budgetWindow  at least one hour, and the same in all versions of a rule
/// @param multipliers   by tier, in thousandths, before the cap; not all 0
/// @param termsHash     hash of the document that states the terms to members
struct Terms {
    uint40 opensAt;
    uint40 closesAt;
    uint32 numerator;
    uint32 denominator;
    uint48 fixedPoints;
    uint48 capPerAward;
    uint48 budget;
    uint32 budgetWindow;
    TierMultipliers multipliers;
    bytes32 termsHash;
}

using TermsLibrary for Terms global;

library TermsLibrary {
    uint32 internal constant BUDGET_WINDOW_MIN = 1 hours;

    error InvalidOpening(uint40 opensAt, uint40 closesAt);
    error InvalidRate(uint32 numerator, uint32 denominator, uint48 fixedPoints);
    error InvalidCap(uint48 capPerAward);
    error InvalidBudget(uint48 budget, uint32 budgetWindow);
    error InvalidMultipliers(TierMultipliers multipliers);

    function check(Terms memory terms) internal pure {
        if (terms.closesAt <= terms.opensAt) revert InvalidOpening(terms.opensAt, terms.closesAt);
        if (terms.denominator == 0 || (terms.numerator == 0) == (terms.fixedPoints == 0)) {
            revert InvalidRate(terms.numerator, terms.denominator, terms.fixedPoints);
        }
        if (terms.capPerAward == 0) revert InvalidCap(terms.capPerAward);
        if (terms.budget == 0 || terms.budgetWindow < BUDGET_WINDOW_MIN) {
            revert InvalidBudget(terms.budget, terms.budgetWindow);
        }
        if (TierMultipliers.unwrap(terms.multipliers) == 0) revert InvalidMultipliers(terms.multipliers);
    }

    /// @dev Whether the rule is open from the one time to the other.
    function isOpen(Terms memory terms, uint256 from, uint256 to) internal pure returns (bool) {
        return terms.opensAt <= from && to < terms.closesAt;
    }

    function rate(Terms memory terms) internal pure returns (Rate memory) {
        return Rate({
            numerator: terms.numerator,
            denominator: terms.denominator,
            fixedPoints: terms.fixedPoints,
            cap: terms.capPerAward,
            multipliers: terms.multipliers
        });
    }

    /// @dev Whether any award could be smaller, rarer or described otherwise under `next`. A rule that moves between rate and fixed
    /// amount, counts its budget in another window, or names another document, might be: what cannot be compared counts as worse.
    function isWorse(Terms memory current, Terms memory next) internal pure returns (bool) {
        return next.opensAt > current.opensAt || next.closesAt < current.closesAt
            || uint256(next.numerator) * current.denominator < uint256(current.numerator) * next.denominator
            || next.fixedPoints < current.fixedPoints || next.capPerAward < current.capPerAward
            || next.budget < current.budget || next.budgetWindow != current.budgetWindow
            || current.multipliers.isWorse(next.multipliers) || next.termsHash != current.termsHash;
    }
}
