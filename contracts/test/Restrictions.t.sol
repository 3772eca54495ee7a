// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC7572} from "../src/interfaces/IERC7572.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {FreezeReason} from "../src/types/FreezeReason.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// strangers ─ each restricted function ── revert
/// pause ───── an end that is past │ too late ── revert
///          └── mints │ moves │ burns │ restores │ claws back ── revert │ approvals and sweeps go on │ ends by itself │ is ended
/// freeze ──── an end that is past │ too late ── revert
///          └── transfers │ by allowance │ at an epoch │ burns ── revert │ receives │ ends by itself │ is ended │ anew │ flags kept
/// policy ──── partners │ members │ open: from and to whom │ not wider ── revert │ what makes no member
/// partners ── zero ── revert │ named │ no longer
/// metadata ── changed
contract RestrictionsTest is Deployed {
    uint40 private constant PAUSE_MAX = 14 days;
    uint40 private constant FREEZE_MAX = 90 days;

    address private shop = makeAddr("shop");

    /// @dev The narrowest policy. Alice has points, and the shop is a partner's.
    function pointsTerms() internal view override returns (PointsTerms memory terms) {
        terms = super.pointsTerms();
        terms.transferPolicy = TransferPolicy.Partners;
    }

    function setUp() public override {
        super.setUp();
        give(alice, 100);
        vm.prank(operator);
        token.setPartner(shop, true);
    }

    function test_RevertWhen_CallerIsAStranger() public {
        uint40 until = uint40(block.timestamp + 1);
        // One by one: as a list they are too many for the stack.
        bytes[7] memory calls;
        calls[0] = abi.encodeCall(token.pause, (until));
        calls[1] = abi.encodeCall(token.unpause, ());
        calls[2] = abi.encodeCall(token.freeze, (alice, FreezeReason.LegalOrder, until));
        calls[3] = abi.encodeCall(token.unfreeze, (alice));
        calls[4] = abi.encodeCall(token.setPartner, (stranger, true));
        calls[5] = abi.encodeCall(token.openTransfers, (TransferPolicy.Open));
        calls[6] = abi.encodeCall(token.setContractURI, ("ipfs://other"));
        address[3] memory callers = [stranger, issuer, owner];
        for (uint256 i; i < calls.length; ++i) {
            for (uint256 c; c < callers.length; ++c) {
                vm.prank(callers[c]);
                (bool success, bytes memory answer) = address(token).call(calls[i]);
                assertFalse(success);
                assertEq(answer, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[c]));
            }
        }
    }

    // pause

    function test_RevertWhen_PauseEndsInThePastOrTooLate() public {
        uint40 latest = uint40(block.timestamp) + PAUSE_MAX;
        uint40[3] memory ends = [uint40(0), uint40(block.timestamp), latest + 1];
        for (uint256 i; i < ends.length; ++i) {
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.InvalidEnd.selector, ends[i], latest));
            token.pause(ends[i]);
        }
        vm.prank(guardian);
        vm.expectEmit(address(token));
        emit IPointsToken.PauseSet(latest);
        token.pause(latest);
        assertEq(token.pausedUntil(), latest);
    }

    function test_RevertWhen_Paused() public {
        vm.prank(rewards);
        AccountWord taken = token.burn(alice, 1, 3);
        uint40 until = pause(1 hours);
        bytes memory fault = abi.encodeWithSelector(IPointsToken.Paused.selector, until);
        AwardGroup[] memory groups = groupOf(PURCHASE, entry(alice, 100));
        vm.prank(issuer);
        vm.expectRevert(fault);
        rules.award(2, groups, ROOT);
        vm.startPrank(alice);
        vm.expectRevert(fault);
        token.transfer(shop, 1);
        vm.expectRevert(fault);
        token.transferAtEpoch(1, shop, 1);
        vm.stopPrank();
        vm.startPrank(rewards);
        vm.expectRevert(fault);
        token.burn(alice, 1, 3);
        vm.expectRevert(fault);
        token.restore(alice, taken);
        vm.stopPrank();
        vm.prank(exchange);
        vm.expectRevert(fault);
        token.mintLots(alice, taken);
        vm.prank(address(rules));
        vm.expectRevert(fault);
        token.clawBack(alice, 1, 1);
        assertEq(rules.batchCount(issuer), 1, "the batch can be sent again");
    }

    function test_ApprovalsAndSweepsGoOnWhilePaused() public {
        pause(1 hours);
        vm.prank(alice);
        token.approve(bob, 5);
        assertEq(token.allowance(alice, bob), 5);
        address[] memory accounts = new address[](1);
        accounts[0] = alice;
        assertEq(token.sweep(accounts), 0);
        assertEq(token.balanceOf(alice), 100);
    }

    function test_APauseEndsByItself() public {
        vm.warp(pause(1 hours) - 1);
        vm.prank(alice);
        vm.expectRevert();
        token.transfer(shop, 1);
        vm.warp(block.timestamp + 1);
        vm.prank(alice);
        token.transfer(shop, 1);
    }

    function test_APauseIsEndedByAGuardian() public {
        pause(1 hours);
        vm.prank(guardian);
        vm.expectEmit(address(token));
        emit IPointsToken.PauseSet(0);
        token.unpause();
        vm.prank(alice);
        token.transfer(shop, 1);
    }

    // freeze

    function test_RevertWhen_FreezeEndsInThePastOrTooLate() public {
        uint40 latest = uint40(block.timestamp) + FREEZE_MAX;
        uint40[3] memory ends = [uint40(0), uint40(block.timestamp), latest + 1];
        for (uint256 i; i < ends.length; ++i) {
            vm.prank(guardian);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.InvalidEnd.selector, ends[i], latest));
            token.freeze(alice, FreezeReason.SuspectedFraud, ends[i]);
        }
        vm.prank(guardian);
        vm.expectEmit(address(token));
        emit IPointsToken.AccountFrozen(alice, FreezeReason.SuspectedFraud, latest);
        token.freeze(alice, FreezeReason.SuspectedFraud, latest);
        (FreezeReason reason, uint40 until) = token.freezeOf(alice);
        assertTrue(reason == FreezeReason.SuspectedFraud);
        assertEq(until, latest);
    }

    function test_RevertWhen_SenderIsFrozen() public {
        uint40 until = freeze(alice, 1 days);
        bytes memory fault = abi.encodeWithSelector(IPointsToken.AccountIsFrozen.selector, alice, until);
        vm.startPrank(alice);
        token.approve(bob, 50);
        vm.expectRevert(fault);
        token.transfer(shop, 1);
        vm.expectRevert(fault);
        token.transfer(shop, 0);
        vm.expectRevert(fault);
        token.transferAtEpoch(1, shop, 1);
        vm.stopPrank();
        vm.startPrank(bob);
        vm.expectRevert(fault);
        token.transferFrom(alice, shop, 1);
        vm.expectRevert(fault);
        token.transferFromAtEpoch(1, alice, shop, 1);
        vm.stopPrank();
        address[2] memory burners = [rewards, exchange];
        for (uint256 i; i < 2; ++i) {
            vm.prank(burners[i]);
            vm.expectRevert(fault);
            token.burn(alice, 1, 3);
        }
    }

    function test_AFrozenAccountReceivesAndItsPointsExpire() public {
        vm.prank(operator);
        token.openTransfers(TransferPolicy.Open);
        give(bob, 10);
        vm.prank(rewards);
        AccountWord taken = token.burn(bob, 4, 3);
        freeze(alice, 1 days);
        give(alice, 5);
        vm.prank(bob);
        token.transfer(alice, 3);
        vm.prank(rewards);
        token.restore(alice, taken);
        vm.prank(exchange);
        token.mintLots(alice, taken);
        assertEq(token.balanceOf(alice), 100 + 5 + 3 + 4 + 4);
        vm.prank(address(rules));
        assertEq(token.clawBack(alice, 1, 6), 6, "what is clawed back is not the account's to keep");
        warpToEpoch(4);
        freeze(alice, 90 days);
        warpToEpoch(5);
        assertEq(token.balanceOf(alice), 0);
    }

    function test_AFreezeEndsByItself() public {
        uint40 until = freeze(alice, 1 days);
        vm.warp(until - 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.AccountIsFrozen.selector, alice, until));
        token.transfer(shop, 1);
        vm.warp(until);
        (FreezeReason reason, uint40 end) = token.freezeOf(alice);
        assertEq(end, 0);
        assertEq(uint256(reason), 0);
        vm.prank(alice);
        token.transfer(shop, 1);
        vm.prank(rewards);
        token.burn(alice, 1, 3);
    }

    function test_AFreezeIsEndedByAGuardian() public {
        uint256 before = token.wordOf(alice);
        freeze(alice, 1 days);
        assertEq(token.wordOf(alice), before | 1 << 234);
        vm.prank(guardian);
        vm.expectEmit(address(token));
        emit IPointsToken.AccountUnfrozen(alice);
        token.unfreeze(alice);
        (, uint40 until) = token.freezeOf(alice);
        assertEq(until, 0);
        assertEq(token.wordOf(alice), before);
        vm.prank(alice);
        token.transfer(shop, 1);
    }

    function test_ASecondFreezeTakesThePlaceOfTheFirst() public {
        freeze(alice, 1 days);
        vm.warp(block.timestamp + 10);
        uint40 until = uint40(block.timestamp + 1 hours);
        vm.prank(guardian);
        token.freeze(alice, FreezeReason.LegalOrder, until);
        (FreezeReason reason, uint40 end) = token.freezeOf(alice);
        assertTrue(reason == FreezeReason.LegalOrder);
        assertEq(end, until);
    }

    function test_AFreezeOutlastsAwardsAndExpiry() public {
        freeze(alice, 90 days);
        for (uint256 epoch = 1; epoch < 12; ++epoch) {
            warpToEpoch(epoch);
            freeze(alice, 1 days);
            give(alice, 30_000);
            assertTrue(token.wordOf(alice) & 1 << 234 != 0);
            vm.prank(alice);
            vm.expectRevert();
            token.transfer(shop, 1);
        }
    }

    // policy

    function test_PointsOfPartnersAreExchangedUnderAnyPolicy() public {
        for (uint256 policy; policy < 3; ++policy) {
            if (policy != 0) openTransfers(TransferPolicy(policy));
            vm.prank(alice);
            token.transfer(shop, 10);
            address[3] memory receivers = [bob, shop, alice];
            for (uint256 i; i < receivers.length; ++i) {
                vm.prank(shop);
                token.transfer(receivers[i], 1);
            }
        }
    }

    function test_RevertWhen_NeitherIsAPartner() public {
        give(bob, 1);
        vm.startPrank(alice);
        address[3] memory receivers = [bob, carol, alice];
        for (uint256 i; i < receivers.length; ++i) {
            bytes memory fault = notAllowed(alice, receivers[i], TransferPolicy.Partners);
            vm.expectRevert(fault);
            token.transfer(receivers[i], 1);
            vm.expectRevert(fault);
            token.transferAtEpoch(1, receivers[i], 0);
        }
    }

    function test_MembersAreThoseWhoEverHadPoints() public {
        openTransfers(TransferPolicy.Members);
        vm.prank(alice);
        vm.expectRevert(notAllowed(alice, bob, TransferPolicy.Members));
        token.transfer(bob, 1);
        give(bob, 1);
        vm.prank(alice);
        token.transfer(bob, 1);
        // Also long after all of them are gone.
        warpToEpoch(50);
        vm.prank(alice);
        token.transfer(bob, 0);
        vm.prank(shop);
        token.transfer(carol, 0);
        vm.prank(alice);
        token.transfer(carol, 0);
    }

    /// @dev Whatever a stranger does without points, it does not let them into the circle of members.
    function test_NobodyBecomesAMemberWithoutPoints() public {
        openTransfers(TransferPolicy.Members);
        address[] memory accounts = new address[](1);
        accounts[0] = stranger;
        token.sweep(accounts);
        vm.startPrank(stranger);
        token.transfer(alice, 0);
        token.transferAtEpoch(1, alice, 0);
        vm.expectRevert(notAllowed(stranger, stranger, TransferPolicy.Members));
        token.transfer(stranger, 0);
        vm.stopPrank();
        freeze(stranger, 1 hours);
        vm.prank(guardian);
        token.unfreeze(stranger);
        vm.prank(exchange);
        token.burn(stranger, 0, 3);
        vm.startPrank(operator);
        token.setPartner(stranger, true);
        token.setPartner(stranger, false);
        vm.stopPrank();
        assertEq(token.wordOf(stranger), 0);
        vm.prank(alice);
        vm.expectRevert(notAllowed(alice, stranger, TransferPolicy.Members));
        token.transfer(stranger, 1);
    }

    function test_AnyoneReceivesWhereTransfersAreOpen() public {
        openTransfers(TransferPolicy.Open);
        vm.prank(alice);
        token.transfer(carol, 1);
        assertEq(token.balanceOf(carol), 1);
    }

    function test_RevertWhen_PolicyIsNotWider() public {
        for (uint256 current; current < 3; ++current) {
            if (current != 0) openTransfers(TransferPolicy(current));
            for (uint256 given; given <= current; ++given) {
                vm.prank(operator);
                vm.expectRevert(abi.encodeWithSelector(IPointsToken.PolicyNotWider.selector, current, given));
                token.openTransfers(TransferPolicy(given));
            }
        }
    }

    // partners

    function test_RevertWhen_PartnerIsZero() public {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.setPartner(address(0), true);
    }

    function test_APartnerNoLonger() public {
        assertTrue(token.isPartner(shop));
        vm.prank(operator);
        vm.expectEmit(address(token));
        emit IPointsToken.PartnerSet(shop, false);
        token.setPartner(shop, false);
        assertFalse(token.isPartner(shop));
        vm.prank(alice);
        vm.expectRevert(notAllowed(alice, shop, TransferPolicy.Partners));
        token.transfer(shop, 1);
    }

    function test_APartnerKeepsItsFlagThroughAwards() public {
        give(shop, 50_000);
        warpToEpoch(9);
        give(shop, 1);
        assertTrue(token.isPartner(shop));
        freeze(shop, 1 hours);
        assertTrue(token.isPartner(shop));
    }

    // metadata

    function test_ContractURI() public {
        assertEq(token.contractURI(), "ipfs://points");
        vm.prank(operator);
        vm.expectEmit(address(token));
        emit IERC7572.ContractURIUpdated();
        token.setContractURI("ipfs://other");
        assertEq(token.contractURI(), "ipfs://other");
    }

    function pause(uint40 length) private returns (uint40 until) {
        until = uint40(block.timestamp) + length;
        vm.prank(guardian);
        token.pause(until);
    }

    function freeze(address account, uint40 length) private returns (uint40 until) {
        until = uint40(block.timestamp) + length;
        vm.prank(guardian);
        token.freeze(account, FreezeReason.MemberRequest, until);
    }

    function openTransfers(TransferPolicy policy) private {
        vm.prank(operator);
        vm.expectEmit(address(token));
        emit IPointsToken.TransfersOpened(policy);
        token.openTransfers(policy);
        assertTrue(token.transferPolicy() == policy);
    }

    function notAllowed(address from, address to, TransferPolicy policy) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPointsToken.TransferNotAllowed.selector, from, to, policy);
    }
}
