// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {AwardGroup, GroupMints} from "../src/types/AwardGroup.sol";
import {Entries} from "../src/types/Entries.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {Roles} from "../src/types/Roles.sol";
import {Terms} from "../src/types/Terms.sol";
import {Deployed} from "./Deployed.sol";
import {Receipts} from "./Receipts.sol";

/// @notice
/// award ──── not an issuer │ out of sequence │ malformed │ no groups │ too many entries │ to come ── revert
///         └── one group │ many │ one account many times │ each refusal, in its place │ closed │ too long ago
/// numbers ── of each issuer │ sent twice
contract BatchesTest is Deployed {
    function test_RevertWhen_BatchIsSentByAStranger() public {
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        address[3] memory callers = [operator, owner, stranger];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            rules.award(1, groups, ROOT);
        }
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
            AwardGroup[] memory groups = new AwardGroup[](2);
            groups[0] = group(PURCHASE, entry(alice, 100));
            groups[1] = group(PURCHASE, new bytes(lengths[i]));
            expectFault(groups, abi.encodeWithSelector(Entries.MalformedEntries.selector, lengths[i]));
        }
    }

    function test_RevertWhen_BatchIsEmptyOrTooLarge() public {
        AwardGroup[] memory groups = new AwardGroup[](0);
        expectFault(groups, abi.encodeWithSelector(IEarningRules.BatchSize.selector, 0));
        groups = groupOf(PURCHASE, new bytes(26 * 601));
        expectFault(groups, abi.encodeWithSelector(IEarningRules.BatchSize.selector, 601));
        groups = new AwardGroup[](2);
        groups[0] = group(PURCHASE, new bytes(26 * 300));
        groups[1] = group(VISIT, new bytes(26 * 301));
        expectFault(groups, abi.encodeWithSelector(IEarningRules.BatchSize.selector, 601));
        groups[1] = group(VISIT, new bytes(26 * 300));
        vm.prank(issuer);
        rules.award(1, groups, ROOT);
    }

    function test_RevertWhen_ReceiptsAreToCome() public {
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        groups[0].occurredTo += 1;
        expectFault(
            groups, abi.encodeWithSelector(IEarningRules.OccurredInFuture.selector, EPOCH_START + 1, EPOCH_START)
        );
    }

    function test_LogsOfABatch() public {
        bytes memory entries = bytes.concat(entry(alice, 1_099), entry(address(0), 500), entry(bob, 200));
        expectTransfer(alice, 10);
        expectTransfer(bob, 2);
        expectRefused(1, 1, address(0), 500, RefusalReason.ZeroAccount);
        bytes32 mints = keccak256(
            abi.encodePacked(keccak256(bytes.concat(entries, bytes6(uint48(2)), bytes6(0), bytes6(uint48(10)))))
        );
        vm.expectEmit(address(rules));
        emit IEarningRules.GroupAwarded(issuer, 1, PURCHASE, 1, 3, 1, 12, mints);
        GroupMints[] memory groups = new GroupMints[](1);
        groups[0] = GroupMints(PURCHASE, 1, 3, mints);
        bytes32 all = keccak256(abi.encode(uint40(block.timestamp), groups));
        vm.expectEmit(address(rules));
        emit IEarningRules.BatchAwarded(issuer, 1, 3, 1, 12, ROOT, all);
        assertEq(award(PURCHASE, entries), 12);
        assertEq(rules.batchCount(issuer), 1);
        assertEq(rules.batchRoot(issuer, 1), ROOT);
        assertEq(rules.batchMints(issuer, 1), all);
        assertEq(rules.batchRoot(issuer, 2), 0);
        assertEq(rules.batchMints(issuer, 2), 0);
        assertEq(rules.budgetLeft(PURCHASE), 10_000_000 - 12);
    }

    /// @dev Positions are counted through all groups.
    function test_LogsOfManyGroups() public {
        AwardGroup[] memory groups = new AwardGroup[](3);
        groups[0] = group(PURCHASE, bytes.concat(entry(alice, 99), entry(bob, 200)));
        groups[1] = group(VISIT, bytes.concat(entry(carol, 7), entry(address(0), 0)));
        groups[2] = group(PURCHASE, entry(carol, 1));
        GroupMints[] memory mints = new GroupMints[](3);
        mints[0] = GroupMints(PURCHASE, 1, 2, Receipts.mintsHashOf(groups[0].entries, points(0, 2)));
        mints[1] = GroupMints(VISIT, 1, 2, Receipts.mintsHashOf(groups[1].entries, points(25, 0)));
        uint48[] memory none = new uint48[](1);
        mints[2] = GroupMints(PURCHASE, 1, 1, Receipts.mintsHashOf(groups[2].entries, none));
        expectTransfer(bob, 2);
        expectRefused(1, 0, alice, 99, RefusalReason.NoPoints);
        expectGroup(1, mints[0], 1, 2);
        expectTransfer(carol, 25);
        expectRefused(1, 3, address(0), 0, RefusalReason.ZeroAccount);
        expectGroup(1, mints[1], 1, 25);
        expectRefused(1, 4, carol, 1, RefusalReason.NoPoints);
        expectGroup(1, mints[2], 1, 0);
        vm.expectEmit(address(rules));
        emit IEarningRules.BatchAwarded(
            issuer, 1, 5, 3, 27, ROOT, keccak256(abi.encode(uint40(block.timestamp), mints))
        );
        vm.prank(issuer);
        assertEq(rules.award(1, groups, ROOT), 27);
    }

    function test_EachIssuerHasItsOwnSequence() public {
        give(alice, 1);
        vm.startPrank(owner);
        manager.grantRole(Roles.ISSUER, stranger, 0);
        rules.setIssuerCap(stranger, 1);
        vm.stopPrank();
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        vm.prank(stranger);
        assertEq(rules.award(1, groups, ROOT), 1);
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

    /// @dev A receipt is late where the rule was open when it occurred, and a group is as late as its earliest.
    function test_ReceiptsAreAwardedWithinTheLookBack() public {
        vm.warp(EPOCH_START + LOOK_BACK);
        assertEq(awardAt(EPOCH_START, uint40(block.timestamp)), 1);
        vm.warp(EPOCH_START + LOOK_BACK + 1);
        expectRefused(2, 0, alice, 100, RefusalReason.TooLongAgo);
        assertEq(awardAt(EPOCH_START, uint40(block.timestamp)), 0);
        assertEq(awardAt(EPOCH_START + 1, uint40(block.timestamp)), 1);
        expectRefused(4, 0, alice, 100, RefusalReason.RuleClosed);
        assertEq(awardAt(EPOCH_START - 1, EPOCH_START - 1), 0);
    }

    function test_RevertWhen_LookBackIsTooLong() public {
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.LookBackTooLong.selector, 365 days + 1, 365 days));
        createEarningRules(address(manager), address(token), NOTICE, 365 days + 1);
        assertEq(rules.lookBack(), LOOK_BACK);
    }

    function test_RefusesWhatTheBudgetLacksAndTakesWhatFits() public {
        Terms memory terms = purchaseTerms();
        terms.budget = 100;
        setRule(3, terms);
        expectRefused(1, 1, bob, 5_000, RefusalReason.BudgetExceeded);
        expectRefused(1, 3, bob, 100, RefusalReason.BudgetExceeded);
        bytes memory entries =
            bytes.concat(entry(alice, 6_000), entry(bob, 5_000), entry(carol, 4_000), entry(bob, 100));
        assertEq(award(3, entries), 100);
        assertEq(rules.budgetLeft(3), 0);
        vm.warp(EPOCH_START + 1 days + 8 hours);
        assertEq(rules.budgetLeft(3), 100);
        assertEq(award(3, entry(bob, 5_000)), 50);
    }

    /// @dev Groups of one rule spend one budget.
    function test_ABudgetIsOverAllGroupsOfARule() public {
        Terms memory terms = purchaseTerms();
        terms.budget = 100;
        setRule(3, terms);
        AwardGroup[] memory groups = new AwardGroup[](3);
        groups[0] = group(3, entry(alice, 6_000));
        groups[1] = group(3, entry(alice, 5_000));
        groups[2] = group(3, entry(alice, 4_000));
        expectRefused(1, 1, alice, 5_000, RefusalReason.BudgetExceeded);
        vm.prank(issuer);
        assertEq(rules.award(1, groups, ROOT), 100);
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
        uint256 earned = uint256(units) * terms.numerator / terms.denominator;
        if (earned > terms.capPerAward) earned = terms.capPerAward;
        assertEq(rules.quote(3, units, 0), earned);
        if (earned > POINTS_MAX) earned = 0;
        assertEq(award(3, entry(alice, units)), earned);
        assertEq(token.balanceOf(alice), earned);
    }

    function awardAt(uint40 from, uint40 to) private returns (uint256) {
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        (groups[0].occurredFrom, groups[0].occurredTo) = (from, to);
        uint64 number = rules.batchCount(issuer) + 1;
        vm.prank(issuer);
        return rules.award(number, groups, ROOT);
    }

    function points(uint48 first, uint48 second) private pure returns (uint48[] memory both) {
        both = new uint48[](2);
        (both[0], both[1]) = (first, second);
    }

    function expectFault(AwardGroup[] memory groups, bytes memory fault) private {
        vm.prank(issuer);
        vm.expectRevert(fault);
        rules.award(1, groups, ROOT);
    }

    function expectTransfer(address to, uint256 amount) private {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), to, amount);
    }

    function expectGroup(uint64 number, GroupMints memory mints, uint32 refused, uint256 minted) private {
        vm.expectEmit(address(rules));
        emit IEarningRules.GroupAwarded(
            issuer, number, mints.ruleId, mints.version, mints.entryCount, refused, minted, mints.mintsHash
        );
    }

    function expectRefused(uint64 number, uint32 position, address account, uint48 units, RefusalReason reason)
        private
    {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardRefused(issuer, number, position, account, units, reason);
    }
}
