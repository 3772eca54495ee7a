// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {Terms, TermsLibrary} from "../src/types/Terms.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// setRule ────── not an operator │ rule 0 │ faulty terms │ a change pending │ another budget window ── revert
///             └── first │ better at once │ worse after the notice │ the same │ two in a second
/// cancelChange ─ not an operator │ unknown rule │ nothing pending │ in force already ── revert │ and announced anew
/// award ──────── no such version │ not yet in force │ no longer │ across a change │ backwards ── revert
///             └── receipts under the version of their time, whenever they are awarded
/// views ──────── unknown rule │ unknown version ── revert │ version at a time │ budget of the version in force
contract RuleVersionsTest is Deployed {
    // setRule

    function test_RevertWhen_RuleIsSetByAStranger() public {
        vm.startPrank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, issuer));
        rules.setRule(9, purchaseTerms());
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, issuer));
        rules.cancelChange(PURCHASE);
    }

    function test_RevertWhen_RuleIsZero() public {
        expectFault(0, purchaseTerms(), abi.encodeWithSelector(IEarningRules.UnknownRule.selector, 0));
    }

    function test_RevertWhen_TermsAreFaulty() public {
        Terms memory terms = purchaseTerms();
        terms.capPerAward = 0;
        expectFault(PURCHASE, terms, abi.encodeWithSelector(TermsLibrary.InvalidCap.selector, 0));
        expectFault(9, terms, abi.encodeWithSelector(TermsLibrary.InvalidCap.selector, 0));
    }

    function test_RevertWhen_AChangeIsPending() public {
        (, uint40 effectiveAt) = setRule(PURCHASE, worseTerms());
        bytes memory fault = abi.encodeWithSelector(IEarningRules.ChangePending.selector, PURCHASE, effectiveAt);
        expectFault(PURCHASE, worseTerms(), fault);
        expectFault(PURCHASE, betterTerms(), fault);
        vm.warp(effectiveAt - 1);
        expectFault(PURCHASE, betterTerms(), fault);
        vm.warp(effectiveAt);
        (uint32 version,) = setRule(PURCHASE, betterTerms());
        assertEq(version, 3);
    }

    function test_RevertWhen_BudgetWindowIsAnother() public {
        bytes memory fault = abi.encodeWithSelector(IEarningRules.BudgetWindowFixed.selector, PURCHASE, 1 days);
        Terms memory terms = purchaseTerms();
        terms.budgetWindow = 1 days + 1;
        expectFault(PURCHASE, terms, fault);
        terms.budgetWindow = 1 days - 1;
        expectFault(PURCHASE, terms, fault);
    }

    function test_TheFirstVersionHoldsForReceiptsFromBeforeIt() public {
        vm.warp(EPOCH_START + 10 days);
        Terms memory terms = purchaseTerms();
        vm.expectEmit(address(rules));
        emit IEarningRules.RuleSet(9, 1, 0, terms);
        (uint32 version, uint40 effectiveAt) = setRule(9, terms);
        assertEq(version, 1);
        assertEq(effectiveAt, 0);
        assertEq(awardAt(9, 1, EPOCH_START, EPOCH_START + 1), 1);
    }

    function test_BetterTermsAreInForceAtOnce() public {
        vm.warp(EPOCH_START + 1 hours);
        vm.expectEmit(address(rules));
        emit IEarningRules.RuleSet(PURCHASE, 2, uint40(block.timestamp), betterTerms());
        (uint32 version, uint40 effectiveAt) = setRule(PURCHASE, betterTerms());
        assertEq(version, 2);
        assertEq(effectiveAt, block.timestamp);
        assertEq(award(PURCHASE, entry(alice, 100)), 2);
    }

    function test_WorseTermsWaitOutTheNotice() public {
        vm.warp(EPOCH_START + 1 hours);
        uint40 due = uint40(block.timestamp) + NOTICE;
        vm.expectEmit(address(rules));
        emit IEarningRules.RuleSet(PURCHASE, 2, due, worseTerms());
        (uint32 version, uint40 effectiveAt) = setRule(PURCHASE, worseTerms());
        assertEq(version, 2);
        assertEq(effectiveAt, due);
        assertInForce(1, 100);
        vm.warp(due - 1);
        assertInForce(1, 100);
        vm.warp(due);
        assertInForce(2, 200);
        assertEq(award(PURCHASE, entry(alice, 100)), 0);
        assertEq(award(PURCHASE, entry(alice, 200)), 1);
    }

    function test_TheSameTermsAreInForceAtOnceAndDoNotHoldTheBudgetBack() public {
        give(alice, 50_000);
        for (uint256 hoursPassed = 1; hoursPassed <= 32; ++hoursPassed) {
            vm.warp(EPOCH_START + hoursPassed * 1 hours);
            (uint32 version, uint40 effectiveAt) = setRule(PURCHASE, purchaseTerms());
            assertEq(version, hoursPassed + 1);
            assertEq(effectiveAt, block.timestamp);
        }
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000);
    }

    /// @dev The one is in force for no second, and nothing can be awarded under it.
    function test_TwoVersionsInOneSecond() public {
        setRule(PURCHASE, purchaseTerms());
        setRule(PURCHASE, betterTerms());
        assertEq(rules.versionAt(PURCHASE, block.timestamp), 3);
        expectNotInForce(2, EPOCH_START, EPOCH_START);
        assertEq(awardAt(PURCHASE, 3, EPOCH_START, EPOCH_START), 2);
    }

    // cancelChange

    function test_RevertWhen_NothingIsPending() public {
        bytes memory fault = abi.encodeWithSelector(IEarningRules.NoChangeToCancel.selector, PURCHASE);
        expectCancelFault(fault);
        setRule(PURCHASE, betterTerms());
        expectCancelFault(fault);
        (, uint40 effectiveAt) = setRule(PURCHASE, worseTerms());
        vm.warp(effectiveAt);
        expectCancelFault(fault);
    }

    function test_ACancelledChangeIsNeverInForce() public {
        (, uint40 effectiveAt) = setRule(PURCHASE, worseTerms());
        vm.warp(effectiveAt - 1);
        vm.prank(operator);
        vm.expectEmit(address(rules));
        emit IEarningRules.ChangeCancelled(PURCHASE, 2);
        rules.cancelChange(PURCHASE);
        assertEq(rules.versionCount(PURCHASE), 1);
        vm.warp(effectiveAt);
        assertInForce(1, 100);
        expectNotInForce(2, effectiveAt, effectiveAt);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.UnknownVersion.selector, PURCHASE, 2));
        rules.versionOf(PURCHASE, 2);
        // The next one takes its number, and its notice begins anew.
        (uint32 version, uint40 again) = setRule(PURCHASE, worseTerms());
        assertEq(version, 2);
        assertEq(again, effectiveAt + NOTICE);
    }

    // award

    function test_RevertWhen_VersionIsNotInForce() public {
        setRule(PURCHASE, worseTerms());
        uint40 change = EPOCH_START + NOTICE;
        expectNotInForce(0, EPOCH_START, EPOCH_START);
        expectNotInForce(3, EPOCH_START, EPOCH_START);
        expectNotInForce(2, EPOCH_START, EPOCH_START);
        vm.warp(change + 10);
        expectNotInForce(2, change - 1, change);
        expectNotInForce(1, change - 1, change);
        expectNotInForce(1, change, change + 5);
        expectNotInForce(2, change + 5, change + 4);
        expectNotInForce(1, change - 1, change - 2);
        expectNotInForce(3, change, change);
    }

    function test_ReceiptsFallUnderTheVersionOfTheirTime() public {
        setRule(PURCHASE, worseTerms());
        uint40 change = EPOCH_START + NOTICE;
        vm.warp(change + 1 days);
        assertEq(awardAt(PURCHASE, 1, change - 1 days, change - 1), 1);
        assertEq(awardAt(PURCHASE, 2, change, change + 1 days), 0);
        setRule(PURCHASE, betterTerms());
        vm.warp(change + 2 days);
        assertEq(awardAt(PURCHASE, 1, change - 1 days, change - 1), 1, "as it was");
        assertEq(awardAt(PURCHASE, 2, change, change + 1 days - 1), 0);
        assertEq(awardAt(PURCHASE, 3, change + 1 days, change + 2 days), 2);
    }

    function test_VersionsOfDifferentTimesInOneBatch() public {
        setRule(PURCHASE, worseTerms());
        uint40 change = EPOCH_START + NOTICE;
        vm.warp(change + 1 days);
        AwardGroup[] memory groups = new AwardGroup[](3);
        groups[0] = AwardGroup(PURCHASE, 2, change, change, entry(alice, 200));
        groups[1] = AwardGroup(PURCHASE, 1, change - 5, change - 1, entry(alice, 200));
        groups[2] = AwardGroup(VISIT, 1, change - 5, change + 5, entry(alice, 0));
        vm.prank(issuer);
        assertEq(rules.award(1, groups, ROOT), 1 + 2 + 25);
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000 - 3);
    }

    // views

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
        assertEq(rules.versionCount(9), 0);
    }

    function test_RevertWhen_VersionIsUnknown() public {
        uint32[3] memory versions = [uint32(0), 2, type(uint32).max];
        for (uint256 i; i < versions.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IEarningRules.UnknownVersion.selector, PURCHASE, versions[i]));
            rules.versionOf(PURCHASE, versions[i]);
        }
    }

    function test_VersionsByTime() public {
        vm.warp(EPOCH_START + 1 days);
        setRule(PURCHASE, betterTerms());
        vm.warp(EPOCH_START + 2 days);
        setRule(PURCHASE, purchaseTerms());
        assertEq(rules.versionAt(PURCHASE, 0), 1);
        assertEq(rules.versionAt(PURCHASE, EPOCH_START + 1 days - 1), 1);
        assertEq(rules.versionAt(PURCHASE, EPOCH_START + 1 days), 2);
        assertEq(rules.versionAt(PURCHASE, EPOCH_START + 2 days + NOTICE - 1), 2);
        assertEq(rules.versionAt(PURCHASE, EPOCH_START + 2 days + NOTICE), 3);
        (Terms memory terms, uint40 effectiveAt) = rules.versionOf(PURCHASE, 2);
        assertEq(terms.denominator, 50);
        assertEq(effectiveAt, EPOCH_START + 1 days);
        assertEq(rules.quote(PURCHASE, 100, 0), 2);
    }

    function test_BudgetIsOfTheVersionInForce() public {
        Terms memory terms = purchaseTerms();
        terms.budget = 1_000;
        setRule(9, terms);
        assertEq(award(9, entry(alice, 100_000)), 1_000);
        terms.budget = 400;
        setRule(9, terms);
        vm.warp(EPOCH_START + NOTICE - 1);
        assertEq(award(9, entry(alice, 100_000)), 1_000);
        vm.warp(EPOCH_START + NOTICE);
        assertEq(rules.budgetLeft(9), 0, "what the older version spent counts");
        assertEq(award(9, entry(alice, 100)), 0);
        vm.warp(EPOCH_START + NOTICE + 1 days + 8 hours);
        assertEq(rules.budgetLeft(9), 400);
    }

    function worseTerms() private pure returns (Terms memory terms) {
        terms = purchaseTerms();
        terms.denominator = 200;
    }

    function betterTerms() private pure returns (Terms memory terms) {
        terms = purchaseTerms();
        terms.denominator = 50;
    }

    function assertInForce(uint32 version, uint32 denominator) private view {
        (Terms memory terms, uint32 inForce) = rules.ruleOf(PURCHASE);
        assertEq(inForce, version);
        assertEq(terms.denominator, denominator);
    }

    /// @dev One entry of 100 units.
    function awardAt(uint32 ruleId, uint32 version, uint40 from, uint40 to) private returns (uint256) {
        AwardGroup[] memory groups = new AwardGroup[](1);
        groups[0] = AwardGroup(ruleId, version, from, to, entry(alice, 100));
        uint64 number = rules.batchCount(issuer) + 1;
        vm.prank(issuer);
        return rules.award(number, groups, ROOT);
    }

    function expectNotInForce(uint32 version, uint40 from, uint40 to) private {
        AwardGroup[] memory groups = new AwardGroup[](1);
        groups[0] = AwardGroup(PURCHASE, version, from, to, entry(alice, 100));
        uint64 number = rules.batchCount(issuer) + 1;
        vm.prank(issuer);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.VersionNotInForce.selector, PURCHASE, version, from, to));
        rules.award(number, groups, ROOT);
    }

    function expectFault(uint32 ruleId, Terms memory terms, bytes memory fault) private {
        vm.prank(operator);
        vm.expectRevert(fault);
        rules.setRule(ruleId, terms);
    }

    function expectCancelFault(bytes memory fault) private {
        vm.prank(operator);
        vm.expectRevert(fault);
        rules.cancelChange(PURCHASE);
    }
}
