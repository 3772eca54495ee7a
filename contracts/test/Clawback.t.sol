// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AwardGroup, AwardProof} from "../src/types/AwardGroup.sol";
import {ClawbackReason} from "../src/types/ClawbackReason.sol";
import {Mints} from "../src/types/Mints.sol";
import {Deployed} from "./Deployed.sol";
import {Kept, Receipts} from "./Receipts.sol";

/// @notice A batch of two groups, of 40 purchases and 2 visits: alice has 6 points of the fourth and 25 of the last but one.
///
/// clawBack ── not an adjuster │ beyond the adjuster's cap │ no points │ more than minted │ of a refused entry │ twice ── revert
///          ├── another batch │ timestamp │ group │ index │ chunk │ receipt │ no such group ── revert
///          └── all │ a part │ in the second chunk and group │ long after │ of points spent │ each entry of the batch
contract ClawbackTest is Deployed {
    uint32 private constant PURCHASES = 40;

    Kept[] private kept;
    uint40 private awardedAt;

    function setUp() public override {
        super.setUp();
        bytes memory purchases;
        for (uint256 i; i < PURCHASES; ++i) {
            purchases = bytes.concat(purchases, entry(i == 3 ? alice : bob, uint48(200 * i)));
        }
        bytes memory visits = bytes.concat(entry(alice, 0), entry(address(0), 9));
        kept.push();
        kept.push();
        (kept[0].ruleId, kept[0].version, kept[0].entries) = (PURCHASE, 1, purchases);
        (kept[1].ruleId, kept[1].version, kept[1].entries) = (VISIT, 1, visits);
        for (uint48 i; i < PURCHASES; ++i) {
            kept[0].points.push(2 * i);
        }
        kept[1].points.push(25);
        kept[1].points.push(0);

        bytes[] memory entries = new bytes[](2);
        (entries[0], entries[1]) = (purchases, visits);
        AwardGroup[] memory groups = new AwardGroup[](2);
        (groups[0], groups[1]) = (group(PURCHASE, purchases), group(VISIT, visits));
        vm.warp(EPOCH_START + 1 hours);
        awardedAt = uint40(block.timestamp);
        vm.prank(issuer);
        rules.award(1, groups, Receipts.rootOf(Receipts.leavesOf(entries)));
    }

    function test_RevertWhen_CallerIsNotAnAdjuster() public {
        address[4] memory callers = [issuer, operator, owner, stranger];
        for (uint256 i; i < callers.length; ++i) {
            AwardProof memory proof = proofOf(0, 3);
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, callers[i]));
            rules.clawBack(proof, 6, ClawbackReason.Refund);
        }
    }

    function test_RevertWhen_PointsAreNoneOrMoreThanTheAwardMinted() public {
        expectFault(proofOf(0, 3), 0, abi.encodeWithSelector(IEarningRules.ClawbackExceedsAward.selector, 6, 0));
        expectFault(proofOf(0, 3), 7, abi.encodeWithSelector(IEarningRules.ClawbackExceedsAward.selector, 6, 7));
        expectFault(proofOf(0, 0), 1, abi.encodeWithSelector(IEarningRules.ClawbackExceedsAward.selector, 0, 1));
        expectFault(proofOf(1, 1), 1, abi.encodeWithSelector(IEarningRules.ClawbackExceedsAward.selector, 0, 1));
    }

    function test_RevertWhen_ItWasClawedBack() public {
        assertEq(clawBack(proofOf(0, 3), 1), 1);
        expectFault(proofOf(0, 3), 5, abi.encodeWithSelector(IEarningRules.AlreadyClawedBack.selector, issuer, 1, 3));
    }

    function test_RevertWhen_BeyondTheAdjustersCap() public {
        vm.prank(owner);
        rules.setIssuerCap(adjuster, 30);
        clawBack(proofOf(1, 0), 25);
        assertEq(rules.issuerCapLeft(adjuster), 5);
        expectFault(proofOf(0, 3), 6, abi.encodeWithSelector(IEarningRules.IssuerCapExceeded.selector, adjuster, 5, 6));
        assertEq(clawBack(proofOf(0, 3), 5), 5);
        vm.warp(block.timestamp + 1 days + 8 hours);
        assertEq(rules.issuerCapLeft(adjuster), 30);
    }

    function test_RevertWhen_ItIsNotInTheBatch() public {
        bytes memory fault = abi.encodeWithSelector(IEarningRules.InvalidAwardProof.selector);
        AwardProof memory proof = proofOf(0, 3);
        proof.batchNumber = 2;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.issuer = stranger;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.awardedAt += 1;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.groups[1].entryCount += 1;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.group = 2;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.index = PURCHASES;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.receiptHash = keccak256("another receipt");
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.receiptProof[0] = ~proof.receiptProof[0];
        expectFault(proof, 6, fault);
        // The award beside it, with this one's receipt.
        proof = proofOf(0, 3);
        proof.index = 4;
        expectFault(proof, 6, fault);
    }

    function test_RevertWhen_ChunkIsAnother() public {
        bytes memory fault = abi.encodeWithSelector(Mints.InvalidMintProof.selector);
        AwardProof memory proof = proofOf(0, 3);
        proof.index = 35;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.chunk[proof.chunk.length - 1] = 0xff;
        expectFault(proof, 6, fault);
        proof = proofOf(0, 3);
        proof.group = 1;
        proof.index = 0;
        expectFault(proof, 6, fault);
    }

    function test_ClawsBackAll() public {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardClawedBack(issuer, 1, 3, alice, 6, 6, ClawbackReason.Refund);
        assertEq(clawBack(proofOf(0, 3), 6), 6);
        assertEq(token.balanceOf(alice), 25);
        assertEq(token.tierPointsOf(alice), 25);
        assertTrue(rules.isClawedBack(issuer, 1, 3));
        assertFalse(rules.isClawedBack(issuer, 1, 4));
        assertFalse(rules.isClawedBack(issuer, 2, 3));
        assertEq(rules.issuerCapLeft(issuer), ISSUER_CAP - 2 * 39 * 20 - 25, "the issuer's own is not given back");
    }

    function test_ClawsBackInTheSecondGroupAndChunk() public {
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardClawedBack(issuer, 1, PURCHASES, alice, 20, 20, ClawbackReason.Refund);
        assertEq(clawBack(proofOf(1, 0), 20), 20);
        assertTrue(rules.isClawedBack(issuer, 1, PURCHASES));
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardClawedBack(issuer, 1, 39, bob, 78, 78, ClawbackReason.Refund);
        assertEq(clawBack(proofOf(0, 39), 78), 78);
    }

    function test_ClawsBackWhatIsLeftOfIt() public {
        vm.prank(alice);
        token.transfer(carol, 29);
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardClawedBack(issuer, 1, 3, alice, 6, 2, ClawbackReason.Fraud);
        vm.prank(adjuster);
        assertEq(rules.clawBack(proofOf(0, 3), 6, ClawbackReason.Fraud), 2);
        assertEq(token.balanceOf(carol), 29);
    }

    function test_ClawsNothingBackOnceItExpired() public {
        warpToEpoch(5);
        give(alice, 100);
        vm.expectEmit(address(rules));
        emit IEarningRules.AwardClawedBack(issuer, 1, 3, alice, 6, 0, ClawbackReason.Mistake);
        vm.prank(adjuster);
        assertEq(rules.clawBack(proofOf(0, 3), 6, ClawbackReason.Mistake), 0);
        assertEq(token.balanceOf(alice), 100);
    }

    function test_RevertWhen_TheTokenIsPaused() public {
        vm.prank(guardian);
        token.pause(uint40(block.timestamp + 1));
        expectFault(proofOf(0, 3), 6, abi.encodeWithSelector(IPointsToken.Paused.selector, block.timestamp + 1));
        vm.warp(block.timestamp + 1);
        assertEq(clawBack(proofOf(0, 3), 6), 6);
    }

    function testFuzz_EachAwardOfTheBatchOnce(uint256 which, uint256 points) public {
        which = bound(which, 1, PURCHASES);
        (uint256 group_, uint256 index) = which == PURCHASES ? (uint256(1), uint256(0)) : (uint256(0), which);
        points = bound(points, 1, kept[group_].points[index]);
        uint256 supply = token.totalSupply();
        assertEq(clawBack(proofOf(group_, index), points), points);
        assertEq(token.totalSupply(), supply - points);
        assertTrue(rules.isClawedBack(issuer, 1, uint32(which)));
        expectFault(
            proofOf(group_, index),
            points,
            abi.encodeWithSelector(IEarningRules.AlreadyClawedBack.selector, issuer, 1, which)
        );
    }

    function proofOf(uint256 group_, uint256 index) private view returns (AwardProof memory proof) {
        proof = Receipts.prove(kept, group_, index);
        (proof.issuer, proof.batchNumber, proof.awardedAt) = (issuer, 1, awardedAt);
    }

    function clawBack(AwardProof memory proof, uint256 points) private returns (uint256) {
        vm.prank(adjuster);
        return rules.clawBack(proof, points, ClawbackReason.Refund);
    }

    function expectFault(AwardProof memory proof, uint256 points, bytes memory fault) private {
        vm.prank(adjuster);
        vm.expectRevert(fault);
        rules.clawBack(proof, points, ClawbackReason.Refund);
    }
}
