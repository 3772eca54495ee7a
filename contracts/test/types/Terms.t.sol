// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Rate} from "../../src/types/Rate.sol";
import {Terms, TermsLibrary} from "../../src/types/Terms.sol";
import {TierMultipliers} from "../../src/types/Tiers.sol";

/// @notice
/// isWorse ─ every combination of {worse, as it was, better} and of what cannot be compared, over all fields
/// check ─── window │ rate and fixed amount │ cap │ budget │ multipliers
/// isOpen ── before │ from the first to the last second │ after
contract TermsTest is Test {
    uint256 private constant FIELDS = 11;

    enum Change {
        None,
        Better,
        Worse,
        // neither, and thus worse
        Other
    }

    // isWorse

    function test_IsWorseIfAnyFieldIsUnderARate() public pure {
        Terms memory current = rateTerms();
        (uint256 combinations, uint256 worse) = _enumerate(current, copy(current), 0, false);
        // Two fields have a fourth choice each and two have one of two: opening, closing, rate, cap, budget, window, four
        // multipliers, hash.
        assertEq(combinations, 3 ** 2 * 4 * 3 ** 2 * 3 * 3 ** 4 * 2);
        // None is worse where each field is as it was, or better where it can be: all but window and hash.
        assertEq(combinations - worse, 2 ** 9);
    }

    function test_IsWorseIfAnyFieldIsUnderAFixedAmount() public pure {
        Terms memory current = fixedTerms();
        (uint256 combinations, uint256 worse) = _enumerate(current, copy(current), 0, false);
        assertEq(combinations, 3 ** 2 * 4 * 3 ** 2 * 3 * 3 ** 4 * 2);
        assertEq(combinations - worse, 2 ** 9);
    }

    /// @dev Rates are compared as fractions, without rounding.
    function test_RatesAreComparedExactly() public pure {
        uint32 most = type(uint32).max;
        assertFalse(worseRate(1, 100, 2, 200));
        assertFalse(worseRate(2, 200, 1, 100));
        assertFalse(worseRate(most - 1, most, most, most));
        assertTrue(worseRate(most, most, most - 1, most));
        assertTrue(worseRate(1, most - 1, 1, most));
        assertFalse(worseRate(1, most, 1, most - 1));
        assertTrue(worseRate(1, 3, 333_333_333, 1_000_000_000));
        assertFalse(worseRate(333_333_333, 1_000_000_000, 1, 3));
    }

    /// @dev If no field is worse, no award can be smaller and no receipt is shut out.
    function testFuzz_NoWorseTermsNeverLowerAnAward(
        Terms memory current,
        Terms memory next,
        uint48 units,
        uint256 tier,
        uint40 at
    ) public pure {
        (tier, at) = (tier % 4, at % 8);
        current = small(current);
        next = small(next);
        next.termsHash = current.termsHash;
        if (current.isWorse(next)) return;
        assertGe(next.rate().pointsFor(units, tier), current.rate().pointsFor(units, tier));
        assertTrue((current.numerator == 0) == (next.numerator == 0));
        assertTrue(next.isOpen(at, at) || !current.isOpen(at, at));
        assertGe(next.budget, current.budget);
    }

    // check

    function test_RevertWhen_WindowIsEmpty() public {
        Terms memory terms = rateTerms();
        terms.closesAt = terms.opensAt;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidOpening.selector, 1_000, 1_000));
        terms.closesAt = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidOpening.selector, 1_000, 0));
        terms.closesAt = terms.opensAt + 1;
        terms.check();
    }

    function test_RevertWhen_ThereIsNotOneWayToEarn() public {
        Terms memory terms = rateTerms();
        terms.denominator = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 2, 0, 0));
        terms = rateTerms();
        terms.numerator = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 0, 6, 0));
        terms.fixedPoints = 5;
        terms.check();
        terms.numerator = 1;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 1, 6, 5));
    }

    function test_RevertWhen_CapIsZero() public {
        Terms memory terms = rateTerms();
        terms.capPerAward = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidCap.selector, 0));
    }

    function test_RevertWhen_BudgetIsZeroOrItsWindowTooShort() public {
        Terms memory terms = rateTerms();
        terms.budget = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidBudget.selector, 0, 1 days));
        terms = rateTerms();
        terms.budgetWindow = 1 hours - 1;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidBudget.selector, 100, 3_599));
        terms.budgetWindow = 1 hours;
        terms.check();
    }

    function test_RevertWhen_AllMultipliersAreZero() public {
        Terms memory terms = rateTerms();
        terms.multipliers = TierMultipliers.wrap(0);
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidMultipliers.selector, 0));
        terms.multipliers = TierMultipliers.wrap(1 << 48);
        terms.check();
    }

    // isOpen

    function test_IsOpenFromItsFirstToItsLastSecond() public pure {
        Terms memory terms = rateTerms();
        assertFalse(terms.isOpen(999, 1_500));
        assertTrue(terms.isOpen(1_000, 1_000));
        assertTrue(terms.isOpen(1_000, 1_999));
        assertFalse(terms.isOpen(1_500, 2_000));
    }

    /// @dev Each field in turn as each of its choices, the fields after it within. `next` is changed in place.
    function _enumerate(Terms memory current, Terms memory next, uint256 field, bool expected)
        private
        pure
        returns (uint256 combinations, uint256 worse)
    {
        if (field == FIELDS) {
            // Asserted only where it would fail, since asserting takes most of the time.
            if (current.isWorse(next) != expected) assertEq(!expected, expected);
            return (1, expected ? 1 : 0);
        }
        for (uint256 choice; choice < 4; ++choice) {
            if (!_apply(current, next, field, Change(choice))) continue;
            bool isWorse = expected || choice >= uint256(Change.Worse);
            (uint256 more, uint256 moreWorse) = _enumerate(current, next, field + 1, isWorse);
            (combinations, worse) = (combinations + more, worse + moreWorse);
        }
        _apply(current, next, field, Change.None);
    }

    /// @return whether the field can change so
    function _apply(Terms memory current, Terms memory next, uint256 field, Change change) private pure returns (bool) {
        bool other = change == Change.Other;
        int256 step = change == Change.Better ? int256(1) : change == Change.Worse ? -1 : int256(0);
        if (field == 0) {
            next.opensAt = uint40(uint256(int256(uint256(current.opensAt)) - step));
        } else if (field == 1) {
            next.closesAt = uint40(uint256(int256(uint256(current.closesAt)) + step));
        } else if (field == 2) {
            _applyToRate(current, next, change);
            return true;
        } else if (field == 3) {
            next.capPerAward = uint48(uint256(int256(uint256(current.capPerAward)) + step));
        } else if (field == 4) {
            next.budget = uint48(uint256(int256(uint256(current.budget)) + step));
        } else if (field == 5) {
            // Longer would be worse for members and shorter better, but that what was spent is counted otherwise.
            if (change == Change.Better) return false;
            next.budgetWindow = current.budgetWindow + (other ? 1 : 0) - (change == Change.Worse ? 1 : 0);
            return true;
        } else if (field < 10) {
            uint256 shift = (field - 6) * 16;
            uint256 multiplier = uint256(int256(current.multipliers.inTier(field - 6)) + step);
            uint256 others = TierMultipliers.unwrap(next.multipliers) & ~(0xFFFF << shift);
            next.multipliers = TierMultipliers.wrap(uint64(others | multiplier << shift));
        } else {
            if (change == Change.Better || change == Change.Worse) return false;
            next.termsHash = other ? keccak256("another document") : current.termsHash;
            return true;
        }
        return !other;
    }

    /// @dev Another is a fixed amount in the place of a rate, or a rate in the place of a fixed amount.
    function _applyToRate(Terms memory current, Terms memory next, Change change) private pure {
        (next.numerator, next.denominator, next.fixedPoints) =
        (current.numerator, current.denominator, current.fixedPoints);
        if (current.fixedPoints == 0) {
            // 2/6 as 1/3, 3/8 or 3/10.
            if (change == Change.None) (next.numerator, next.denominator) = (1, 3);
            else if (change == Change.Better) (next.numerator, next.denominator) = (3, 8);
            else if (change == Change.Worse) (next.numerator, next.denominator) = (3, 10);
            else (next.numerator, next.fixedPoints) = (0, type(uint48).max);
        } else {
            if (change == Change.Better) ++next.fixedPoints;
            else if (change == Change.Worse) --next.fixedPoints;
            else if (change == Change.Other) (next.numerator, next.fixedPoints) = (type(uint32).max, 0);
        }
    }

    function worseRate(uint32 numerator, uint32 denominator, uint32 nextNumerator, uint32 nextDenominator)
        private
        pure
        returns (bool)
    {
        Terms memory current = rateTerms();
        (current.numerator, current.denominator) = (numerator, denominator);
        Terms memory next = rateTerms();
        (next.numerator, next.denominator) = (nextNumerator, nextDenominator);
        return current.isWorse(next);
    }

    function small(Terms memory terms) private pure returns (Terms memory) {
        terms.opensAt %= 4;
        terms.closesAt = 4 + terms.closesAt % 4;
        terms.numerator %= 4;
        terms.denominator = 1 + terms.denominator % 4;
        terms.fixedPoints = terms.numerator == 0 ? 1 + terms.fixedPoints % 4 : 0;
        terms.capPerAward = 1 + terms.capPerAward % 8;
        terms.budget = 1 + terms.budget % 4;
        terms.budgetWindow = 1 hours;
        terms.multipliers = TierMultipliers.wrap(TierMultipliers.unwrap(terms.multipliers) & 0x0003_0003_0003_0003);
        return terms;
    }

    function copy(Terms memory terms) private pure returns (Terms memory) {
        return abi.decode(abi.encode(terms), (Terms));
    }

    function rateTerms() private pure returns (Terms memory) {
        return Terms({
            opensAt: 1_000,
            closesAt: 2_000,
            numerator: 2,
            denominator: 6,
            fixedPoints: 0,
            capPerAward: 10,
            budget: 100,
            budgetWindow: 1 days,
            multipliers: TierMultipliers.wrap(0x07d0_05dc_04e2_03e8),
            termsHash: keccak256("document")
        });
    }

    function fixedTerms() private pure returns (Terms memory terms) {
        terms = rateTerms();
        (terms.numerator, terms.denominator, terms.fixedPoints) = (0, 1, 5);
    }

    function checked(Terms calldata terms) external pure {
        terms.check();
    }

    function expectFault(Terms memory terms, bytes memory fault) private {
        vm.expectRevert(fault);
        this.checked(terms);
    }
}
