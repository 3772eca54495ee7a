// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {Terms} from "../src/types/Terms.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// strangers ─────── each restricted function ── revert
/// setNoticePeriod ─ too short │ too long ── revert
///                └── longer at once │ shorter when the present one is over │ the same cancels │ another takes its place
/// announceEnd ───── too early │ never │ twice ── revert │ at the earliest │ under a period that is about to end
/// cancelEnd ─────── nothing announced │ ended ── revert │ and announced anew
/// award ─────────── receipts from before the announcement │ from then on │ across it │ after it was cancelled
contract NoticeTest is Deployed {
    uint40 private constant NEVER = type(uint40).max;

    function test_RevertWhen_CallerIsNotTheOwner() public {
        bytes[3] memory calls = [
            abi.encodeCall(rules.setNoticePeriod, (1 days)),
            abi.encodeCall(rules.announceEnd, (EPOCH_START + 365 days)),
            abi.encodeCall(rules.cancelEnd, ())
        ];
        address[3] memory callers = [operator, guardian, stranger];
        for (uint256 i; i < calls.length; ++i) {
            for (uint256 c; c < callers.length; ++c) {
                vm.prank(callers[c]);
                (bool success, bytes memory answer) = address(rules).call(calls[i]);
                assertFalse(success);
                assertEq(answer, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[c]));
            }
        }
    }

    // setNoticePeriod

    function test_RevertWhen_NoticePeriodIsTooShortOrTooLong() public {
        uint32[4] memory periods = [uint32(0), 1 hours - 1, 730 days + 1, type(uint32).max];
        for (uint256 i; i < periods.length; ++i) {
            bytes memory fault = abi.encodeWithSelector(IEarningRules.InvalidNoticePeriod.selector, periods[i]);
            vm.prank(owner);
            vm.expectRevert(fault);
            rules.setNoticePeriod(periods[i]);
            vm.expectRevert(fault);
            createEarningRules(address(manager), address(token), periods[i], LOOK_BACK);
        }
        assertEq(setNoticePeriod(730 days), block.timestamp);
        assertEq(setNoticePeriod(1 hours), block.timestamp + 730 days);
    }

    function test_ALongerOneIsInForceAtOnce() public {
        assertEq(rules.noticePeriod(), NOTICE);
        vm.expectEmit(address(rules));
        emit IEarningRules.NoticePeriodSet(NOTICE + 1, uint40(block.timestamp));
        setNoticePeriod(NOTICE + 1);
        assertEq(rules.noticePeriod(), NOTICE + 1);
    }

    function test_AShorterOneWaitsOutThePresentOne() public {
        vm.expectEmit(address(rules));
        emit IEarningRules.NoticePeriodSet(1 days, EPOCH_START + NOTICE);
        assertEq(setNoticePeriod(1 days), EPOCH_START + NOTICE);
        vm.warp(EPOCH_START + NOTICE - 1);
        assertEq(rules.noticePeriod(), NOTICE);
        vm.warp(EPOCH_START + NOTICE);
        assertEq(rules.noticePeriod(), 1 days);
        // And from there on in shorter steps.
        assertEq(setNoticePeriod(1 hours), EPOCH_START + NOTICE + 1 days);
        assertEq(rules.noticePeriod(), 1 days);
    }

    function test_TheSameOneCancelsAShorterOne() public {
        setNoticePeriod(1 days);
        vm.warp(EPOCH_START + 10 days);
        assertEq(setNoticePeriod(NOTICE), block.timestamp);
        vm.warp(EPOCH_START + 365 days);
        assertEq(rules.noticePeriod(), NOTICE);
    }

    function test_AnotherShorterOneWaitsAnew() public {
        setNoticePeriod(1 days);
        vm.warp(EPOCH_START + NOTICE - 1);
        assertEq(setNoticePeriod(1 hours), EPOCH_START + 2 * NOTICE - 1);
        vm.warp(EPOCH_START + NOTICE);
        assertEq(rules.noticePeriod(), NOTICE);
        vm.warp(EPOCH_START + 2 * NOTICE - 1);
        assertEq(rules.noticePeriod(), 1 hours);
    }

    function test_ALongerOneTakesThePlaceOfAShorterOne() public {
        setNoticePeriod(1 days);
        setNoticePeriod(NOTICE + 1);
        vm.warp(EPOCH_START + 365 days);
        assertEq(rules.noticePeriod(), NOTICE + 1);
    }

    /// @dev A worse change that is announced while a shorter period waits still waits the longer one.
    function test_ChangesWaitThePeriodInForceWhenTheyAreAnnounced() public {
        setNoticePeriod(1 days);
        Terms memory terms = purchaseTerms();
        terms.capPerAward = 1;
        vm.warp(EPOCH_START + NOTICE - 1);
        (, uint40 effectiveAt) = setRule(PURCHASE, terms);
        assertEq(effectiveAt, block.timestamp + NOTICE);
        vm.warp(EPOCH_START + NOTICE);
        terms = visitTerms();
        terms.capPerAward = 1;
        (, effectiveAt) = setRule(VISIT, terms);
        assertEq(effectiveAt, block.timestamp + 1 days);
    }

    // end

    function test_RevertWhen_EndIsTooEarly() public {
        uint40 earliest = EPOCH_START + NOTICE;
        uint40[4] memory ends = [uint40(0), EPOCH_START, earliest - 1, NEVER];
        for (uint256 i; i < ends.length; ++i) {
            vm.prank(owner);
            vm.expectRevert(abi.encodeWithSelector(IEarningRules.EndTooEarly.selector, ends[i], earliest));
            rules.announceEnd(ends[i]);
        }
        setNoticePeriod(1 days);
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.EndTooEarly.selector, earliest - 1, earliest));
        rules.announceEnd(earliest - 1);
    }

    function test_RevertWhen_EndIsAnnouncedAlready() public {
        announceEnd(EPOCH_START + NOTICE + 5);
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.EndAlreadyAnnounced.selector, EPOCH_START + NOTICE + 5));
        rules.announceEnd(EPOCH_START + NOTICE + 50);
    }

    function test_TheProgramEndsWhenItWasAnnouncedTo() public {
        assertEq(rules.endAnnouncedAt(), 0);
        assertEq(rules.endsAt(), NEVER);
        uint40 end = EPOCH_START + NOTICE;
        vm.expectEmit(address(rules));
        emit IEarningRules.EndSet(end);
        announceEnd(end);
        assertEq(rules.endAnnouncedAt(), EPOCH_START);
        assertEq(rules.endsAt(), end);
        vm.warp(end - 1);
        assertFalse(rules.hasEnded());
        vm.warp(end);
        assertTrue(rules.hasEnded());
    }

    function test_RevertWhen_ThereIsNoEndToCancel() public {
        bytes memory fault = abi.encodeWithSelector(IEarningRules.NoEndToCancel.selector);
        vm.prank(owner);
        vm.expectRevert(fault);
        rules.cancelEnd();
        announceEnd(EPOCH_START + NOTICE);
        vm.warp(EPOCH_START + NOTICE);
        vm.prank(owner);
        vm.expectRevert(fault);
        rules.cancelEnd();
        vm.prank(owner);
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.EndAlreadyAnnounced.selector, EPOCH_START + NOTICE));
        rules.announceEnd(EPOCH_START + 10 * NOTICE);
    }

    function test_AnEndCancelledIsAnnouncedAnew() public {
        announceEnd(EPOCH_START + NOTICE);
        vm.warp(EPOCH_START + NOTICE - 1);
        vm.expectEmit(address(rules));
        emit IEarningRules.EndSet(NEVER);
        vm.prank(owner);
        rules.cancelEnd();
        assertEq(rules.endAnnouncedAt(), 0);
        assertEq(rules.endsAt(), NEVER);
        vm.warp(EPOCH_START + NOTICE);
        assertFalse(rules.hasEnded());
        announceEnd(uint40(block.timestamp) + NOTICE);
    }

    // award

    function test_EarningStopsWithTheAnnouncement() public {
        uint40 announced = EPOCH_START + 1 days;
        vm.warp(announced);
        announceEnd(announced + NOTICE);
        expectRefused(1);
        assertEq(award(PURCHASE, entry(alice, 100)), 0);
        vm.warp(announced + 1 hours);
        assertEq(awardAt(announced - 1, announced - 1), 1, "what was earned before it still is");
        expectRefused(3);
        assertEq(awardAt(announced - 1, announced), 0);
        expectRefused(4);
        assertEq(awardAt(announced, announced), 0);
        vm.prank(owner);
        rules.cancelEnd();
        assertEq(awardAt(announced, announced), 1);
    }

    function announceEnd(uint40 end) private {
        vm.prank(owner);
        rules.announceEnd(end);
    }

    function setNoticePeriod(uint32 period) private returns (uint40 effectiveAt) {
        vm.prank(owner);
        return rules.setNoticePeriod(period);
    }

    /// @dev One entry of 100 units.
    function awardAt(uint40 from, uint40 to) private returns (uint256) {
        AwardGroup[] memory groups = new AwardGroup[](1);
        groups[0] = AwardGroup(PURCHASE, 1, from, to, entry(alice, 100));
        uint64 number = rules.batchCount(issuer) + 1;
        vm.prank(issuer);
        return rules.award(number, groups, ROOT);
    }

    function expectRefused(uint64 number) private {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardRefused(issuer, number, 0, alice, 100, RefusalReason.RuleClosed);
    }
}
