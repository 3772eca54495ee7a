// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {Roles} from "../src/types/Roles.sol";
import {Terms} from "../src/types/Terms.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// setIssuerCap ─ a stranger ── revert │ raised │ lowered below what was spent │ 0
/// award ──────── within │ beyond │ over all rules and groups │ by each issuer │ back after the window │ the tighter limit is named
contract IssuerCapsTest is Deployed {
    uint48 private constant CAP = 100;

    address private second = makeAddr("second issuer");

    function setUp() public override {
        super.setUp();
        vm.startPrank(owner);
        manager.grantRole(Roles.ISSUER, second, 0);
        rules.setIssuerCap(issuer, CAP);
        vm.stopPrank();
    }

    function test_RevertWhen_CapIsSetByAStranger() public {
        address[3] memory callers = [issuer, operator, stranger];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            rules.setIssuerCap(issuer, type(uint48).max);
        }
    }

    function test_AnIssuerWithoutACapMintsNothing() public {
        assertEq(rules.issuerCapOf(second), 0);
        expectRefused(second, 1, 0, alice, 100, RefusalReason.IssuerCapExceeded);
        assertEq(awardBy(second, 1), 0);
    }

    function test_RefusesWhatTheCapLacksAndTakesWhatFits() public {
        expectRefused(issuer, 1, 1, bob, 5_000, RefusalReason.IssuerCapExceeded);
        bytes memory entries = bytes.concat(entry(alice, 6_000), entry(bob, 5_000), entry(bob, 4_000));
        assertEq(award(PURCHASE, entries), 100);
        assertEq(rules.issuerCapLeft(issuer), 0);
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000 - 100);
    }

    function test_ACapIsOverAllGroupsAndRules() public {
        AwardGroup[] memory groups = new AwardGroup[](3);
        groups[0] = group(PURCHASE, entry(alice, 6_000));
        groups[1] = group(VISIT, bytes.concat(entry(alice, 0), entry(bob, 0)));
        groups[2] = group(PURCHASE, bytes.concat(entry(alice, 1_600), entry(alice, 1_500)));
        expectRefused(issuer, 1, 2, bob, 0, RefusalReason.IssuerCapExceeded);
        expectRefused(issuer, 1, 3, alice, 1_600, RefusalReason.IssuerCapExceeded);
        vm.prank(issuer);
        assertEq(rules.award(1, groups, ROOT), 60 + 25 + 15);
    }

    function test_EachIssuerHasItsOwn() public {
        award(PURCHASE, entry(alice, 10_000));
        vm.prank(owner);
        vm.expectEmit(address(rules));
        emit IEarningRules.IssuerCapSet(second, 7);
        rules.setIssuerCap(second, 7);
        assertEq(rules.issuerCapLeft(issuer), 0);
        assertEq(rules.issuerCapLeft(second), 7);
        assertEq(awardBy(second, 7), 7);
        assertEq(rules.issuerCapLeft(second), 0);
    }

    function test_ACapComesBackAfterItsWindow() public {
        award(PURCHASE, entry(alice, 6_000));
        vm.warp(EPOCH_START + 10 hours);
        award(PURCHASE, entry(alice, 4_000));
        vm.warp(EPOCH_START + 1 days - 1);
        assertEq(rules.issuerCapLeft(issuer), 0);
        vm.warp(EPOCH_START + 1 days + 8 hours);
        assertEq(rules.issuerCapLeft(issuer), 60);
        vm.warp(EPOCH_START + 2 days);
        assertEq(rules.issuerCapLeft(issuer), 100);
    }

    function test_ACapIsRaisedLoweredAndTakenAway() public {
        award(PURCHASE, entry(alice, 6_000));
        setCap(50);
        assertEq(rules.issuerCapOf(issuer), 50);
        assertEq(rules.issuerCapLeft(issuer), 0);
        setCap(61);
        assertEq(rules.issuerCapLeft(issuer), 1);
        assertEq(award(PURCHASE, bytes.concat(entry(alice, 200), entry(alice, 100))), 1);
        setCap(0);
        assertEq(rules.issuerCapLeft(issuer), 0);
        vm.warp(EPOCH_START + 10 days);
        assertEq(rules.issuerCapLeft(issuer), 0);
    }

    /// @dev Of cap and budget the one that has less left is named, and the budget if both have the same.
    function test_TheTighterLimitIsNamed() public {
        Terms memory terms = purchaseTerms();
        for (uint48 budget = CAP - 1; budget <= CAP + 1; ++budget) {
            terms.budget = budget;
            uint32 ruleId = uint32(budget);
            setRule(ruleId, terms);
            expectRefused(
                issuer,
                budget + 2 - CAP,
                0,
                alice,
                10_200,
                budget > CAP ? RefusalReason.IssuerCapExceeded : RefusalReason.BudgetExceeded
            );
            award(ruleId, entry(alice, 10_200));
        }
    }

    function setCap(uint48 points) private {
        vm.prank(owner);
        rules.setIssuerCap(issuer, points);
    }

    function awardBy(address by, uint48 points) private returns (uint256) {
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, points * 100));
        uint64 number = rules.batchCount(by) + 1;
        vm.prank(by);
        return rules.award(number, groups, ROOT);
    }

    function expectRefused(
        address by,
        uint64 number,
        uint32 position,
        address account,
        uint48 units,
        RefusalReason reason
    ) private {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardRefused(by, number, position, account, units, reason);
    }
}
