// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {Deployed} from "./Deployed.sol";

/// @notice How the program's contracts take points, and give them back. The lots of alice are 10, 20, 30 and 40, the oldest first.
///
/// burn ────── another caller │ no such age │ too much of these ages ── revert
///          └── oldest first │ young ones only │ all │ nothing │ after expiry
/// restore ─── another caller │ zero receiver ── revert
///          └── at once │ later │ some expired │ all expired │ to another account
/// mintLots ── another caller │ another epoch │ zero receiver │ beyond all supply ── revert
///          └── at their ages │ word with more than lots
/// clawBack ── another caller ── revert
///          └── from its lot │ and from the oldest │ no more than there are │ expired │ total of this period, of an earlier one
/// expiryOf ── each age │ no such age ── revert │ near the last epoch
contract BurningTest is Deployed {
    function setUp() public override {
        super.setUp();
        for (uint256 epoch = 1; epoch <= 4; ++epoch) {
            warpToEpoch(epoch);
            give(alice, epoch * 10);
        }
    }

    // burn

    function test_RevertWhen_BurnerIsNeitherRewardsNorExchange() public {
        address[4] memory callers = [stranger, alice, address(rules), owner];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotPart.selector, exchange, callers[i]));
            token.burn(alice, 1, 3);
        }
    }

    function test_RevertWhen_ThereIsNoSuchAge() public {
        vm.prank(rewards);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.NoSuchAge.selector, 4));
        token.burn(alice, 0, 4);
    }

    function test_RevertWhen_PointsOfTheseAgesAreTooFew() public {
        uint256[4] memory held = [uint256(40), 70, 90, 100];
        for (uint256 age; age < 4; ++age) {
            vm.prank(exchange);
            vm.expectRevert(
                abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, held[age], held[age] + 1)
            );
            token.burn(alice, held[age] + 1, age);
        }
    }

    function test_BurnsTheOldestFirst() public {
        AccountWord expected = lots(0, 5, 20, 10);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsBurned(alice, expected);
        expectTransfer(alice, address(0), 35);
        AccountWord taken = burn(alice, 35, 3);
        assertEq(AccountWord.unwrap(taken), AccountWord.unwrap(expected));
        assertLots(alice, [uint256(40), 25, 0, 0]);
        assertEq(token.totalSupply(), 65);
        assertEq(token.tierPointsOf(alice), 100, "what was earned stays earned");
    }

    function test_BurnsOfTheAgesNamed() public {
        AccountWord taken = burn(alice, 35, 1);
        assertEq(AccountWord.unwrap(taken), AccountWord.unwrap(lots(5, 30, 0, 0)));
        assertLots(alice, [uint256(35), 0, 20, 10]);
        taken = burn(alice, 35, 0);
        assertEq(AccountWord.unwrap(taken), AccountWord.unwrap(lots(35, 0, 0, 0)));
        assertLots(alice, [uint256(0), 0, 20, 10]);
    }

    function test_BurnsAllOrNothing() public {
        assertEq(AccountWord.unwrap(burn(alice, 0, 0)), 4 << 240);
        assertEq(token.balanceOf(alice), 100);
        burn(alice, 100, 3);
        assertEq(token.totalSupply(), 0);
        assertEq(AccountWord.unwrap(burn(bob, 0, 3)), 4 << 240);
    }

    function test_BurnsAfterExpiry() public {
        warpToEpoch(5);
        expectTransfer(alice, address(0), 10);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsBurned(alice, AccountWord.wrap(5 << 240 | 15 << 138));
        expectTransfer(alice, address(0), 15);
        burn(alice, 15, 3);
        assertLots(alice, [uint256(0), 40, 30, 5]);
        assertEq(token.totalSupply(), 75);
    }

    // restore

    function test_RevertWhen_RestorerIsNotRewards() public {
        AccountWord taken = burn(alice, 35, 3);
        address[3] memory callers = [exchange, address(rules), alice];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotPart.selector, rewards, callers[i]));
            token.restore(alice, taken);
        }
    }

    function test_RevertWhen_RestoredToZero() public {
        AccountWord taken = burn(alice, 35, 3);
        vm.prank(rewards);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.restore(address(0), taken);
    }

    function test_RestoresLotsAtTheirAges() public {
        uint256 before = token.wordOf(alice);
        uint256 supply = token.supplyWord();
        AccountWord taken = burn(alice, 35, 3);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsRestored(alice, taken);
        expectTransfer(address(0), alice, 35);
        restore(alice, taken);
        assertEq(token.wordOf(alice), before);
        assertEq(token.supplyWord(), supply);
        assertEq(token.issuable(), POINTS_MAX - 100, "restored is not issued");
    }

    function test_RestoresWhatExpiredAsPointsOfThisEpoch() public {
        AccountWord taken = burn(alice, 35, 3);
        warpToEpoch(6);
        AccountWord expected = AccountWord.wrap(6 << 240 | 5 << 138 | 30);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsRestored(alice, expected);
        expectTransfer(address(0), alice, 35);
        restore(alice, taken);
        assertLots(alice, [uint256(30), 0, 40, 30]);
    }

    function test_RestoresAllAsPointsOfThisEpochOnceAllExpired() public {
        AccountWord taken = burn(alice, 100, 3);
        warpToEpoch(40);
        restore(bob, taken);
        assertLots(bob, [uint256(100), 0, 0, 0]);
        assertLots(alice, [uint256(0), 0, 0, 0]);
        assertEq(token.totalSupply(), 100);
    }

    /// @dev Whenever it is restored: no point is lost or gained, none lives longer than it did, but for those that were gone.
    function testFuzz_RestoreGivesBackWhatWasTaken(uint256 amount, uint256 ageMax, uint256 epochs) public {
        ageMax %= 4;
        uint256[4] memory held = [uint256(40), 70, 90, 100];
        amount = bound(amount, 0, held[ageMax]);
        AccountWord taken = burn(alice, amount, ageMax);
        assertEq(taken.points(), amount);
        epochs = bound(epochs, 0, 6);
        warpToEpoch(4 + epochs);
        uint256[4] memory expected;
        uint256 gone;
        for (uint256 age; age < 4; ++age) {
            if (age + epochs < 4) expected[age + epochs] = taken.lot(age);
            else gone += taken.lot(age);
        }
        expected[0] += gone;
        restore(bob, taken);
        assertLots(bob, expected);
        assertEq(token.totalSupply(), token.balanceOf(alice) + token.balanceOf(bob));
    }

    // mintLots

    function test_RevertWhen_MinterOfLotsIsNotTheExchange() public {
        address[3] memory callers = [rewards, address(rules), alice];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotPart.selector, exchange, callers[i]));
            token.mintLots(alice, lots(1, 0, 0, 0));
        }
    }

    function test_RevertWhen_LotsAreOfAnotherEpoch() public {
        uint256[3] memory epochs = [uint256(0), 3, 5];
        for (uint256 i; i < epochs.length; ++i) {
            vm.prank(exchange);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotOfThisEpoch.selector, epochs[i], 4));
            token.mintLots(alice, AccountWord.wrap(epochs[i] << 240 | 1));
        }
    }

    function test_RevertWhen_LotsAreMintedToZero() public {
        vm.prank(exchange);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.mintLots(address(0), lots(1, 0, 0, 0));
    }

    function test_RevertWhen_LotsPassAllThatCanBeIssued() public {
        uint256 left = POINTS_MAX - 100;
        vm.startPrank(exchange);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.SupplyExceeded.selector, left + 1, left));
        token.mintLots(bob, lots(1, 0, left, 0));
        token.mintLots(bob, lots(0, 0, left, 0));
        assertEq(token.issuable(), 0);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.SupplyExceeded.selector, 1, 0));
        token.mintLots(bob, lots(1, 0, 0, 0));
    }

    function test_MintsLotsAtTheirAges() public {
        AccountWord minted = lots(1, 2, 3, 4);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsMinted(alice, minted);
        expectTransfer(address(0), alice, 10);
        vm.prank(exchange);
        token.mintLots(alice, minted);
        assertLots(alice, [uint256(41), 32, 23, 14]);
        assertEq(token.totalSupply(), 110);
        assertEq(token.issuable(), POINTS_MAX - 110);
        warpToEpoch(5);
        assertEq(token.balanceOf(alice), 96);
        assertEq(token.totalSupply(), 96);
    }

    function test_NothingButLotsIsMinted() public {
        vm.prank(exchange);
        token.mintLots(bob, AccountWord.wrap(4 << 240 | (2 ** 56 - 1) << 184 | 7));
        assertEq(token.wordOf(bob), 4 << 240 | 7);
        assertEq(token.supplyWord() & (POINTS_MAX << 184), 107 << 184);
    }

    // clawBack

    function test_RevertWhen_ClawedBackByAnother() public {
        address[3] memory callers = [rewards, exchange, adjuster];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotPart.selector, address(rules), callers[i]));
            token.clawBack(alice, 4, 1);
        }
    }

    function test_ClawsBackFromItsLotFirst() public {
        vm.expectEmit(address(token));
        emit IPointsToken.LotsClawedBack(alice, lots(0, 0, 15, 0), 15);
        expectTransfer(alice, address(0), 15);
        assertEq(clawBack(alice, 2, 15), 15);
        assertLots(alice, [uint256(40), 30, 5, 10]);
        assertEq(token.totalSupply(), 85);
        assertEq(token.tierPointsOf(alice), 85);
        assertEq(token.issuable(), POINTS_MAX - 100, "clawed back was issued all the same");
    }

    function test_ClawsBackWhatTheLotLacksFromTheOldest() public {
        vm.expectEmit(address(token));
        emit IPointsToken.LotsClawedBack(alice, lots(0, 30, 5, 10), 45);
        assertEq(clawBack(alice, 3, 45), 45);
        assertLots(alice, [uint256(40), 0, 15, 0]);
    }

    function test_ClawsBackNoMoreThanThereIs() public {
        vm.prank(alice);
        token.transfer(bob, 95);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsClawedBack(alice, lots(5, 0, 0, 0), 30);
        assertEq(clawBack(alice, 3, 30), 5);
        assertEq(token.balanceOf(alice), 0);
        assertEq(token.balanceOf(bob), 95, "who received points in good faith keeps them");
        assertEq(clawBack(alice, 3, 30), 0);
        assertEq(token.tierPointsOf(alice), 40);
    }

    function test_WhatExpiredIsNotClawedBackFromOtherPoints() public {
        warpToEpoch(5);
        expectTransfer(alice, address(0), 10);
        vm.expectEmit(address(token));
        emit IPointsToken.LotsClawedBack(alice, AccountWord.wrap(5 << 240), 0);
        expectTransfer(alice, address(0), 0);
        assertEq(clawBack(alice, 1, 10), 0);
        assertLots(alice, [uint256(0), 40, 30, 20]);
    }

    function test_AnEarlierPeriodsAwardTakesNothingFromThisOnes() public {
        warpToEpoch(5);
        give(alice, 7);
        assertEq(clawBack(alice, 4, 40), 40);
        assertEq(token.tierPointsOf(alice), 7);
        assertEq(clawBack(alice, 5, 7), 7);
        assertEq(token.tierPointsOf(alice), 0);
    }

    function test_ATierIsKeptToThePeriodsEndAndThenLost() public {
        give(bob, 1_000);
        clawBack(bob, 4, 1);
        assertEq(token.tierOf(bob), 1);
        give(bob, 1);
        assertEq(token.tierOf(bob), 1);
        clawBack(bob, 4, 1);
        warpToEpoch(5);
        assertEq(token.tierOf(bob), 0);
    }

    /// @dev Any award of any epoch, clawed back after any part of the points was spent: against lots in an array.
    function testFuzz_ClawBack(uint256 ofEpoch, uint256 points, uint256 spent, uint256 at) public {
        ofEpoch = bound(ofEpoch, 1, 4);
        points = bound(points, 1, 120);
        burn(alice, bound(spent, 0, 100), 3);
        at = bound(at, 4, 9);
        warpToEpoch(at);
        (uint256[4] memory held,) = token.lotsOf(alice);
        uint256 supply = token.totalSupply();
        uint256 earned = token.tierPointsOf(alice);
        uint256 left = at - ofEpoch < 4 ? points : 0;
        uint256 due = left;
        if (at - ofEpoch < 4) left -= takeFrom(held, at - ofEpoch, left);
        for (uint256 i; i < 4; ++i) {
            left -= takeFrom(held, 3 - i, left);
        }
        assertEq(clawBack(alice, ofEpoch, points), due - left);
        assertLots(alice, held);
        assertEq(token.totalSupply(), supply + left - due);
        assertEq(token.tierPointsOf(alice), at > 4 ? 0 : earned > points ? earned - points : 0);
    }

    // expiryOf

    function test_ExpiryOf() public {
        for (uint256 age; age < 4; ++age) {
            uint256 expiry = token.expiryOf(age);
            assertEq(expiry, EPOCH_START + (7 - age) * EPOCH_LENGTH);
            uint256 ofEpoch = 4 - age;
            uint256 before = vm.snapshotState();
            vm.warp(expiry - 1);
            assertEq(token.balanceOfAtEpoch(ofEpoch, alice), ofEpoch * 10);
            vm.warp(expiry);
            assertEq(token.balanceOfAtEpoch(ofEpoch, alice), 0);
            vm.revertToState(before);
        }
    }

    function test_RevertWhen_ExpiryIsOfNoSuchAge() public {
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.NoSuchAge.selector, 4));
        token.expiryOf(4);
        warpToEpoch(65535);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.NoSuchAge.selector, type(uint256).max));
        token.expiryOf(type(uint256).max);
    }

    /// @dev The last epoch never ends, so what is live in it never expires.
    function test_ExpiryNearTheLastEpoch() public {
        warpToEpoch(65532);
        assertEq(token.expiryOf(1), EPOCH_START + 65534 * uint256(EPOCH_LENGTH));
        assertEq(token.expiryOf(0), type(uint256).max);
        give(alice, 5);
        warpToEpoch(65534);
        assertEq(token.expiryOf(2), type(uint256).max);
        assertEq(token.expiryOf(3), EPOCH_START + 65534 * uint256(EPOCH_LENGTH));
        warpToEpoch(70000);
        assertEq(token.expiryOf(3), type(uint256).max);
        assertEq(token.balanceOf(alice), 5);
    }

    function burn(address from, uint256 amount, uint256 ageMax) private returns (AccountWord taken) {
        vm.prank(rewards);
        return token.burn(from, amount, ageMax);
    }

    function restore(address to, AccountWord taken) private {
        vm.prank(rewards);
        token.restore(to, taken);
    }

    function clawBack(address from, uint256 epoch, uint256 points) private returns (uint256) {
        vm.prank(address(rules));
        return token.clawBack(from, epoch, points);
    }

    function takeFrom(uint256[4] memory held, uint256 age, uint256 most) private pure returns (uint256 taken) {
        taken = held[age] < most ? held[age] : most;
        held[age] -= taken;
    }

    /// @dev Of epoch 4.
    function lots(uint256 lot0, uint256 lot1, uint256 lot2, uint256 lot3) private pure returns (AccountWord) {
        return AccountWord.wrap(4 << 240 | lot3 << 138 | lot2 << 92 | lot1 << 46 | lot0);
    }

    function assertLots(address account, uint256[4] memory expected) private view {
        (uint256[4] memory held,) = token.lotsOf(account);
        for (uint256 age; age < 4; ++age) {
            assertEq(held[age], expected[age]);
        }
    }

    function expectTransfer(address from, address to, uint256 amount) private {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(from, to, amount);
    }
}
