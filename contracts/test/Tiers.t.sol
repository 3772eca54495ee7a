// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Terms} from "../src/types/Terms.sol";
import {TierThresholdsLibrary} from "../src/types/Tiers.sol";
import {Deployed} from "./Deployed.sol";

/// @notice Tiers from 1,000, 5,000 and 20,000 points on, of tier periods of four epochs.
///
/// constructor ─ thresholds that fall ── revert
/// award ─────── below a threshold │ at it │ to the next tiers │ to the highest at once │ in the midst of a batch
/// multiplier ── of the tier before the award │ of the tier that a period's end left
/// period ────── last second │ kept through the next one │ fallen to what that led to │ lost after one without points
/// log ───────── rises after the Transfer │ falls before it │ falls in a sweep, in a transfer │ falls and rises
/// other points ─ transfers │ restored │ minted by the exchange: count for nothing
contract TiersTest is Deployed {
    function test_RevertWhen_ThresholdsDoNotRise() public {
        PointsTerms memory terms = pointsTerms();
        terms.tierThresholds = [uint48(1_000), 1_000, 0];
        vm.expectRevert(
            abi.encodeWithSelector(TierThresholdsLibrary.InvalidTierThresholds.selector, terms.tierThresholds)
        );
        createPointsToken(terms, parts());
    }

    function test_Thresholds() public {
        uint256[3] memory thresholds = token.tierThresholds();
        assertEq(thresholds[0], 1_000);
        assertEq(thresholds[1], 5_000);
        assertEq(thresholds[2], 20_000);
        PointsTerms memory terms = pointsTerms();
        terms.tierThresholds = [uint48(7), 0, 0];
        thresholds = createPointsToken(terms, parts()).tierThresholds();
        assertEq(thresholds[0], 7);
        assertEq(thresholds[1], 0);
        assertEq(thresholds[2], 0);
    }

    // award

    function test_RisesAtTheThreshold() public {
        give(alice, 999);
        assertTier(alice, 0, 999);
        give(alice, 1);
        assertTier(alice, 1, 1_000);
        give(alice, 4_000);
        assertTier(alice, 2, 5_000);
        give(alice, 15_000);
        assertTier(alice, 3, 20_000);
        give(alice, 50_000);
        assertTier(alice, 3, 70_000);
    }

    function test_RisesSeveralTiersAtOnce() public {
        expectTransfer(address(0), alice, 20_000);
        expectTier(alice, 0, 3);
        give(alice, 20_000);
        assertTier(alice, 3, 20_000);
    }

    /// @dev The entry that rises is paid in the tier before it, the one after it in the tier reached.
    function test_PaysByTierFromTheNextEntryOn() public {
        Terms memory terms = purchaseTerms();
        terms.multipliers = RISING;
        setRule(PURCHASE, terms);
        bytes memory entries =
            bytes.concat(entry(alice, 100_000), entry(bob, 100_000), entry(alice, 400_000), entry(alice, 1_000));
        assertEq(award(PURCHASE, entries), 1_000 + 1_000 + 5_000 + 15);
        assertTier(alice, 2, 6_015);
        assertEq(rules.quote(PURCHASE, 1_000, 0), 10);
        assertEq(rules.quote(PURCHASE, 1_000, 1), 12, "12.5");
        assertEq(rules.quote(PURCHASE, 1_000, 2), 15);
        assertEq(rules.quote(PURCHASE, 1_000, 3), 20);
    }

    function test_PaysByTheTierThatThePeriodsEndLeft() public {
        Terms memory terms = purchaseTerms();
        terms.multipliers = RISING;
        setRule(PURCHASE, terms);
        give(alice, 20_000);
        warpToEpoch(5);
        assertEq(award(PURCHASE, entry(alice, 100_000)), 2_000, "the third tier is kept");
        warpToEpoch(9);
        assertEq(award(PURCHASE, entry(alice, 100_000)), 1_250, "2,000 points of a period led to the first");
        warpToEpoch(17);
        assertEq(award(PURCHASE, entry(alice, 100_000)), 1_000);
    }

    // period

    function test_KeptThroughTheNextPeriod() public {
        give(alice, 5_000);
        warpToEpoch(5);
        vm.warp(block.timestamp - 1);
        assertTier(alice, 2, 5_000);
        vm.warp(block.timestamp + 1);
        assertTier(alice, 2, 0);
        warpToEpoch(9);
        vm.warp(block.timestamp - 1);
        assertTier(alice, 2, 0);
        vm.warp(block.timestamp + 1);
        assertTier(alice, 0, 0);
    }

    function test_FallsToWhatTheLastPeriodLedTo() public {
        give(alice, 20_000);
        warpToEpoch(5);
        give(alice, 1_500);
        assertTier(alice, 3, 1_500);
        warpToEpoch(9);
        assertTier(alice, 1, 0);
        give(alice, 10);
        assertTier(alice, 1, 10);
        warpToEpoch(13);
        assertTier(alice, 0, 0);
    }

    function test_RisesAnewFromTheTierKept() public {
        give(alice, 1_000);
        warpToEpoch(5);
        give(alice, 4_999);
        assertTier(alice, 1, 4_999);
        expectTransfer(address(0), alice, 1);
        expectTier(alice, 1, 2);
        give(alice, 1);
    }

    function test_OneWhoNeverHadPointsIsInTheLowest() public {
        assertTier(alice, 0, 0);
        warpToEpoch(50);
        assertTier(alice, 0, 0);
    }

    // log

    function test_AFallIsLoggedWithTheNextAward() public {
        give(alice, 5_000);
        warpToEpoch(9);
        expectTransfer(alice, address(0), 5_000);
        expectTier(alice, 2, 0);
        expectTransfer(address(0), alice, 10);
        give(alice, 10);
    }

    function test_AFallAndARiseInOneAward() public {
        give(alice, 5_000);
        warpToEpoch(9);
        expectTier(alice, 2, 0);
        expectTransfer(address(0), alice, 1_000);
        expectTier(alice, 0, 1);
        give(alice, 1_000);
        assertTier(alice, 1, 1_000);
    }

    function test_AFallIsLoggedOnceInASweep() public {
        give(alice, 1_000);
        warpToEpoch(9);
        address[] memory accounts = new address[](2);
        (accounts[0], accounts[1]) = (alice, alice);
        vm.recordLogs();
        token.sweep(accounts);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IERC20.Transfer.selector);
        assertEq(logs[1].topics[0], IPointsToken.TierChanged.selector);
        assertTier(alice, 0, 0);
    }

    function test_AFallIsLoggedWithATransferOnEitherSide() public {
        give(alice, 1_000);
        give(bob, 5_000);
        warpToEpoch(8);
        vm.prank(alice);
        token.transfer(bob, 0);
        warpToEpoch(9);
        expectTier(alice, 1, 0);
        expectTier(bob, 2, 0);
        expectTransfer(alice, bob, 0);
        vm.prank(alice);
        token.transfer(bob, 0);
    }

    // other points

    function test_TransfersCountForNoTier() public {
        give(alice, 20_000);
        vm.prank(alice);
        token.transfer(bob, 20_000);
        assertTier(bob, 0, 0);
        assertTier(alice, 3, 20_000);
    }

    function test_WhatIsRestoredOrConvertedCountsForNoTier() public {
        give(alice, 900);
        vm.startPrank(rewards);
        AccountWord taken = token.burn(alice, 900, 3);
        token.restore(alice, taken);
        token.restore(bob, taken);
        vm.stopPrank();
        assertTier(alice, 0, 900);
        assertTier(bob, 0, 0);
        vm.prank(exchange);
        token.mintLots(alice, AccountWord.wrap(1 << 240 | 20_000));
        assertTier(alice, 0, 900);
    }

    /// @dev Awards over three periods against the same kept in plain numbers.
    function testFuzz_TheTierIsWhatTheTotalsLeadTo(uint16[12] memory points, bool[12] memory swept) public {
        uint256 total;
        uint256 tier;
        for (uint256 epoch = 1; epoch <= 12; ++epoch) {
            warpToEpoch(epoch);
            if (epoch % 4 == 1) (tier, total) = (leadsTo(total), 0);
            assertTier(alice, tier, total);
            address[] memory accounts = new address[](1);
            accounts[0] = alice;
            if (swept[epoch - 1]) token.sweep(accounts);
            if (points[epoch - 1] % 3 != 0) {
                uint256 some = points[epoch - 1] % 50_000 + 1;
                give(alice, some);
                total += some;
                if (leadsTo(total) > tier) tier = leadsTo(total);
            }
            assertTier(alice, tier, total);
        }
    }

    function leadsTo(uint256 total) private pure returns (uint256) {
        return total >= 20_000 ? 3 : total >= 5_000 ? 2 : total >= 1_000 ? 1 : 0;
    }

    function assertTier(address account, uint256 tier, uint256 points) private view {
        assertEq(token.tierOf(account), tier);
        assertEq(token.tierPointsOf(account), points);
    }

    function expectTier(address account, uint256 from, uint256 to) private {
        vm.expectEmit(address(token));
        emit IPointsToken.TierChanged(account, from, to);
    }

    function expectTransfer(address from, address to, uint256 amount) private {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(from, to, amount);
    }
}
