// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {AwardGroup, GroupMints} from "../src/types/AwardGroup.sol";
import {Entries} from "../src/types/Entries.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {Terms, TermsLibrary} from "../src/types/Terms.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// constructor ── token of another minter ── revert
/// setRule ────── not an operator │ rule 0 │ faulty terms │ worse terms ── revert
///            └── first version │ better terms │ same terms
/// award ──────── not an issuer │ out of sequence │ malformed │ unknown rule ── revert
///            └── rate │ fixed │ cap │ each refusal │ many for one account │ budget comes back
contract EarningRulesTest is Deployed {
    function test_RevertWhen_TokenHasAnotherMinter() public {
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.ForeignToken.selector, address(token), address(rules)));
        createEarningRules(address(manager), address(token), NOTICE, LOOK_BACK);
    }

    // setRule

    function test_RevertWhen_RuleIsSetByAStranger() public {
        vm.prank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, issuer));
        rules.setRule(9, purchaseTerms());
    }

    function test_RevertWhen_RuleIsZero() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.UnknownRule.selector, 0));
        rules.setRule(0, purchaseTerms());
    }

    function test_RevertWhen_TermsAreFaulty() public {
        Terms memory terms = purchaseTerms();
        terms.closesAt = terms.opensAt;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidOpening.selector, EPOCH_START, EPOCH_START));
        terms = purchaseTerms();
        terms.closesAt = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidOpening.selector, EPOCH_START, 0));
        terms = purchaseTerms();
        terms.denominator = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 1, 0, 0));
        terms = purchaseTerms();
        terms.numerator = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 0, 100, 0));
        terms = purchaseTerms();
        terms.fixedPoints = 5;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidRate.selector, 1, 100, 5));
        terms = purchaseTerms();
        terms.capPerAward = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidCap.selector, 0));
        terms = purchaseTerms();
        terms.budget = 0;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidBudget.selector, 0, 1 days));
        terms = purchaseTerms();
        terms.budgetWindow = 1 hours - 1;
        expectFault(terms, abi.encodeWithSelector(TermsLibrary.InvalidBudget.selector, 10_000_000, 3599));
    }

    function test_TheSameTermsDoNotHoldTheBudgetBack() public {
        give(alice, 50_000);
        for (uint256 hoursPassed = 1; hoursPassed <= 32; ++hoursPassed) {
            vm.warp(EPOCH_START + hoursPassed * 1 hours);
            setRule(PURCHASE, purchaseTerms());
        }
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000);
    }

    function test_RevertWhen_RuleIsUnknown() public {
        bytes memory fault = abi.encodeWithSelector(IEarningRules.UnknownRule.selector, 9);
        vm.expectRevert(fault);
        rules.ruleOf(9);
        vm.expectRevert(fault);
        rules.budgetLeft(9);
        vm.expectRevert(fault);
        rules.quote(9, 1, 0);
        vm.expectRevert(fault);
        rules.versionAt(9, 0);
        vm.expectRevert(fault);
        rules.versionOf(9, 1);
        vm.prank(operator);
        vm.expectRevert(fault);
        rules.cancelChange(9);
        AwardGroup[] memory groups = groupOf(9, entry(alice, 1));
        vm.prank(issuer);
        vm.expectRevert(fault);
        rules.award(1, groups, ROOT);
    }

    // award

    function test_RevertWhen_BatchIsSentByAStranger() public {
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator));
        rules.award(1, groups, ROOT);
    }

    function test_RevertWhen_BatchIsOutOfSequence() public {
        give(alice, 1);
        uint64[4] memory numbers = [uint64(0), 1, 3, type(uint64).max];
        for (uint256 i; i < numbers.length; ++i) {
            AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
            vm.prank(issuer);
            vm.expectRevert(abi.encodeWithSelector(IEarningRules.BatchOutOfSequence.selector, 2, numbers[i]));
            rules.award(numbers[i], groups, ROOT);
        }
    }

    function test_RevertWhen_EntriesAreMalformed() public {
        uint256[4] memory lengths = [uint256(0), 25, 27, 26 * 600 + 1];
        for (uint256 i; i < lengths.length; ++i) {
            expectAwardFault(
                groupOf(PURCHASE, new bytes(lengths[i])),
                abi.encodeWithSelector(Entries.MalformedEntries.selector, lengths[i])
            );
        }
    }

    function test_LogsOfABatch() public {
        bytes memory entries = bytes.concat(entry(alice, 1099), entry(address(0), 500), entry(bob, 200));
        expectTransfer(alice, 10);
        expectTransfer(bob, 2);
        expectRefused(1, 1, address(0), 500, RefusalReason.ZeroAccount);
        bytes32 mints = mintsOf(bytes.concat(entries, bytes6(uint48(2)), bytes6(0), bytes6(uint48(10))));
        vm.expectEmit(address(rules));
        emit IEarningRules.GroupAwarded(issuer, 1, PURCHASE, 1, 3, 1, 12, mints);
        GroupMints[] memory groups = new GroupMints[](1);
        groups[0] = GroupMints(PURCHASE, 1, 3, mints);
        vm.expectEmit(address(rules));
        emit IEarningRules.BatchAwarded(
            issuer, 1, 3, 1, 12, ROOT, keccak256(abi.encode(uint40(block.timestamp), groups))
        );
        assertEq(award(PURCHASE, entries), 12);
        assertEq(rules.batchCount(issuer), 1);
        assertEq(rules.batchRoot(issuer, 1), ROOT);
        assertEq(rules.batchRoot(issuer, 2), 0);
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000 - 12);
    }

    function test_EachIssuerHasItsOwnSequence() public {
        give(alice, 1);
        vm.prank(owner);
        manager.grantRole(2, stranger, 0);
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        vm.prank(stranger);
        rules.award(1, groups, ROOT);
        assertEq(rules.batchCount(issuer), 1);
        assertEq(rules.batchCount(stranger), 1);
    }

    function test_OneAccountManyTimes() public {
        bytes memory entries;
        for (uint256 i = 1; i <= 600; ++i) {
            entries = bytes.concat(entries, entry(i % 2 == 0 ? alice : bob, uint48(i * 100)));
        }
        assertEq(award(PURCHASE, entries), 180_300);
        assertEq(token.balanceOf(alice), 90_300);
        assertEq(token.balanceOf(bob), 90_000);
    }

    function test_AnAwardIsLoweredToTheCap() public {
        assertEq(rules.quote(PURCHASE, 4_999_999, 0), 49_999);
        assertEq(rules.quote(PURCHASE, type(uint48).max, 0), 50_000);
        assertEq(award(PURCHASE, entry(alice, type(uint48).max)), 50_000);
    }

    function test_AFixedAmountNeedsNoUnits() public {
        assertEq(award(VISIT, bytes.concat(entry(alice, 0), entry(bob, type(uint48).max))), 50);
        assertEq(token.balanceOf(alice), 25);
    }

    function test_RefusesEntriesWorthNothing() public {
        expectRefused(1, 0, alice, 99, RefusalReason.NoPoints);
        expectRefused(1, 1, alice, 0, RefusalReason.NoPoints);
        assertEq(award(PURCHASE, bytes.concat(entry(alice, 99), entry(alice, 0))), 0);
        assertEq(token.wordOf(alice), 0);
    }

    function test_RefusesAllWhenTheRuleIsClosed() public {
        Terms memory terms = purchaseTerms();
        (terms.opensAt, terms.closesAt) = (EPOCH_START + 10, EPOCH_START + 20);
        setRule(3, terms);
        bytes memory entries = bytes.concat(entry(alice, 100), entry(address(0), 1), entry(bob, 1));
        for (uint64 number = 1; number <= 2; ++number) {
            vm.warp(number == 1 ? EPOCH_START + 9 : EPOCH_START + 20);
            expectRefused(number, 0, alice, 100, RefusalReason.RuleClosed);
            expectRefused(number, 1, address(0), 1, RefusalReason.ZeroAccount);
            expectRefused(number, 2, bob, 1, RefusalReason.NoPoints);
            assertEq(award(3, entries), 0);
        }
        vm.warp(EPOCH_START + 19);
        assertEq(award(3, entries), 1);
        assertEq(rules.batchCount(issuer), 3, "the sequence went on");
    }

    function test_RefusesWhatTheBudgetLacksAndTakesWhatFits() public {
        Terms memory terms = purchaseTerms();
        terms.budget = 100;
        setRule(3, terms);
        expectRefused(1, 1, bob, 5000, RefusalReason.BudgetExceeded);
        expectRefused(1, 3, bob, 100, RefusalReason.BudgetExceeded);
        bytes memory entries = bytes.concat(entry(alice, 6000), entry(bob, 5000), entry(carol, 4000), entry(bob, 100));
        assertEq(award(3, entries), 100);
        assertEq(rules.budgetLeft(3), 0);
        vm.warp(EPOCH_START + 1 days + 8 hours);
        assertEq(rules.budgetLeft(3), 100);
        assertEq(award(3, entry(bob, 5000)), 50);
    }

    function test_RefusesWhatTheSupplyLacks() public {
        Terms memory terms = purchaseTerms();
        (terms.numerator, terms.denominator) = (1, 1);
        (terms.capPerAward, terms.budget) = (type(uint48).max, type(uint48).max);
        setRule(3, terms);
        assertEq(award(3, entry(alice, uint48(POINTS_MAX - 5))), POINTS_MAX - 5);
        expectRefused(2, 0, bob, 6, RefusalReason.SupplyExceeded);
        expectRefused(2, 2, bob, 1, RefusalReason.SupplyExceeded);
        assertEq(award(3, bytes.concat(entry(bob, 6), entry(bob, 5), entry(bob, 1))), 5);
        assertEq(token.issuable(), 0);
    }

    // fuzz

    function testFuzz_PointsAreRoundedDownAndCapped(uint48 units, uint32 numerator, uint32 denominator, uint48 cap)
        public
    {
        Terms memory terms = purchaseTerms();
        (terms.numerator, terms.denominator) =
        (uint32(bound(numerator, 1, type(uint32).max)), uint32(bound(denominator, 1, type(uint32).max)));
        terms.capPerAward = uint48(bound(cap, 1, type(uint48).max));
        terms.budget = type(uint48).max;
        setRule(3, terms);
        uint256 points = uint256(units) * terms.numerator / terms.denominator;
        if (points > terms.capPerAward) points = terms.capPerAward;
        assertEq(rules.quote(3, units, 0), points);
        if (points > POINTS_MAX) points = 0;
        assertEq(award(3, entry(alice, units)), points);
        assertEq(token.balanceOf(alice), points);
    }

    /// @dev If no field is worse, no award can be smaller.
    function testFuzz_NoWorseTermsNeverLowerAnAward(Terms memory current, Terms memory next, uint48 units, uint256 tier)
        public
        pure
    {
        tier %= 4;
        current = sane(current);
        next = sane(next);
        next.termsHash = current.termsHash;
        if (TermsLibrary.isWorse(current, next)) return;
        assertGe(next.rate().pointsFor(units, tier), current.rate().pointsFor(units, tier));
        assertTrue((current.numerator == 0) == (next.numerator == 0));
    }

    function sane(Terms memory terms) private pure returns (Terms memory) {
        terms.opensAt %= 4;
        terms.closesAt = 4 + terms.closesAt % 4;
        terms.numerator %= 4;
        terms.denominator = 1 + terms.denominator % 4;
        terms.fixedPoints = terms.numerator == 0 ? 1 + terms.fixedPoints % 4 : 0;
        terms.capPerAward = 1 + terms.capPerAward % 8;
        terms.budget = 1 + terms.budget % 4;
        terms.budgetWindow = 1 hours + terms.budgetWindow % 2;
        return terms;
    }

    function expectAwardFault(AwardGroup[] memory groups, bytes memory fault) private {
        vm.prank(issuer);
        vm.expectRevert(fault);
        rules.award(1, groups, ROOT);
    }

    function expectFault(Terms memory terms, bytes memory fault) private {
        vm.prank(operator);
        vm.expectRevert(fault);
        rules.setRule(PURCHASE, terms);
    }

    /// @dev Of a group of one chunk.
    function mintsOf(bytes memory mints) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(keccak256(mints)));
    }

    function expectTransfer(address to, uint256 points) private {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), to, points);
    }

    function expectRefused(uint64 number, uint32 position, address account, uint48 units, RefusalReason reason)
        private
    {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardRefused(issuer, number, position, account, units, reason);
    }
}
