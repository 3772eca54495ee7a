// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Deployed} from "./Deployed.sol";

/// @notice A program whose points never expire: all of them are of the current epoch, whichever it is.
///
/// time ────────── epochs pass │ the last one
/// transferAtEpoch ─ this epoch │ an earlier one has none
/// burn, restore ── at any distance
/// clawBack ─────── in any epoch
/// tiers ────────── as anywhere
contract NeverExpiringTest is Deployed {
    function pointsTerms() internal view override returns (PointsTerms memory terms) {
        terms = super.pointsTerms();
        terms.pointsExpire = false;
    }

    function test_Views() public {
        assertFalse(token.pointsExpire());
        assertEq(token.validityDuration(), type(uint256).max);
        for (uint256 age; age < 4; ++age) {
            assertEq(token.expiryOf(age), type(uint256).max);
        }
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.NoSuchAge.selector, 4));
        token.expiryOf(4);
        warpToEpoch(100);
        assertFalse(token.isEpochExpired(1));
    }

    function test_PointsAreCarriedFromEpochToEpoch() public {
        for (uint256 epoch = 1; epoch <= 300; epoch += epoch) {
            warpToEpoch(epoch);
            give(alice, 10);
        }
        assertEq(token.balanceOf(alice), 90);
        assertEq(token.totalSupply(), 90);
        warpToEpoch(60_000);
        (uint256[4] memory lots, uint256 epochNow) = token.lotsOf(alice);
        assertEq(epochNow, 60_000);
        assertEq(lots[0], 90);
        assertEq(lots[1] + lots[2] + lots[3], 0);
        assertEq(token.balanceOfAtEpoch(60_000, alice), 90);
        assertEq(token.balanceOfAtEpoch(59_999, alice), 0);
        assertEq(token.balanceOfAtEpoch(1, alice), 0);
        assertEq(token.totalSupply(), 90);
    }

    function test_ASweepWritesNothingOff() public {
        give(alice, 10);
        warpToEpoch(50);
        address[] memory accounts = new address[](1);
        accounts[0] = alice;
        vm.recordLogs();
        assertEq(token.sweep(accounts), 0);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(token.balanceOf(alice), 10);
    }

    function test_MovesThoseOfThisEpoch() public {
        give(alice, 10);
        warpToEpoch(9);
        vm.startPrank(alice);
        vm.expectEmit(address(token));
        emit IPointsToken.TransferredAtEpoch(alice, bob, 9, 4);
        token.transferAtEpoch(9, bob, 4);
        uint256[4] memory others = [uint256(1), 6, 8, 10];
        for (uint256 i; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 1));
            token.transferAtEpoch(others[i], bob, 1);
            token.transferAtEpoch(others[i], bob, 0);
        }
        token.transfer(bob, 6);
        assertEq(token.balanceOf(bob), 10);
    }

    function test_BurnsAndRestoresAtAnyDistance() public {
        give(alice, 10);
        warpToEpoch(9);
        vm.prank(rewards);
        AccountWord taken = token.burn(alice, 7, 0);
        assertEq(AccountWord.unwrap(taken), 9 << 240 | 7);
        warpToEpoch(900);
        vm.prank(rewards);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsRestored(alice, AccountWord.wrap(900 << 240 | 7));
        token.restore(alice, taken);
        assertEq(token.balanceOf(alice), 10);
        assertEq(token.totalSupply(), 10);
    }

    function test_ClawsBackInAnyEpoch() public {
        give(alice, 10);
        warpToEpoch(30);
        give(alice, 5);
        vm.prank(address(rules));
        vm.expectEmit(address(token));
        emit IPointsToken.LotsClawedBack(alice, AccountWord.wrap(30 << 240 | 10), 0);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, address(0), 10);
        assertEq(token.clawBack(alice, 1, 10), 10);
        assertEq(token.balanceOf(alice), 5);
        assertEq(token.tierPointsOf(alice), 5);
    }

    function test_TiersComeAndGoAsAnywhere() public {
        give(alice, 1_000);
        assertEq(token.tierOf(alice), 1);
        warpToEpoch(5);
        assertEq(token.tierOf(alice), 1);
        warpToEpoch(9);
        assertEq(token.tierOf(alice), 0);
        vm.expectEmit(address(token));
        emit IPointsToken.TierChanged(alice, 1, 0);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), alice, 1);
        give(alice, 1);
        assertEq(token.balanceOf(alice), 1_001);
    }

    function test_TheLastEpochHasNoEnd() public {
        give(alice, 10);
        warpToEpoch(70_000);
        assertEq(token.currentEpoch(), 65535);
        assertEq(token.balanceOf(alice), 10);
        give(alice, 1);
        assertEq(token.balanceOf(alice), 11);
    }
}
