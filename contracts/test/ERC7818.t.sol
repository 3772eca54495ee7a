// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Vm} from "forge-std/Vm.sol";
import {IERC7818} from "../src/interfaces/IERC7818.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {Deployed} from "./Deployed.sol";

/// @notice Transfers that name the epoch whose points they move.
///
/// transferAtEpoch ───── expired │ zero sender │ zero receiver │ more than the epoch's points │ epoch to come ── revert
///                  └── this epoch │ an earlier one │ in its last second │ to oneself │ of nothing │ after expiry on either side
/// transferFromAtEpoch ─ no allowance ── revert │ finite │ infinite
contract ERC7818Test is Deployed {
    function test_Views() public view {
        assertEq(token.currentEpoch(), 1);
        assertEq(token.epochLength(), EPOCH_LENGTH);
        assertEq(token.validityDuration(), 4);
        assertTrue(token.epochType() == IERC7818.EPOCH_TYPE.TIME_BASED);
    }

    function test_RevertWhen_EpochHasExpired() public {
        give(alice, 10);
        vm.warp(EPOCH_START + 4 * uint256(EPOCH_LENGTH));
        for (uint256 amount; amount < 2; ++amount) {
            vm.prank(alice);
            vm.expectRevert(abi.encodeWithSelector(IERC7818.ERC7818TransferredExpiredToken.selector, alice, 1));
            token.transferAtEpoch(1, bob, amount);
        }
    }

    function test_MovesInTheLastSecondOfItsEpochs() public {
        give(alice, 10);
        vm.warp(EPOCH_START + 4 * uint256(EPOCH_LENGTH) - 1);
        vm.prank(alice);
        token.transferAtEpoch(1, bob, 10);
        assertEq(token.balanceOfAtEpoch(1, bob), 10);
        vm.warp(block.timestamp + 1);
        assertEq(token.balanceOf(bob), 0, "a transfer does not renew points");
    }

    function test_RevertWhen_PartiesAreZero() public {
        vm.prank(address(0));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        token.transferAtEpoch(1, alice, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        token.transferAtEpoch(1, address(0), 0);
    }

    function test_RevertWhen_TheEpochsPointsAreTooFew() public {
        give(alice, 10);
        warpToEpoch(2);
        give(alice, 20);
        uint256[3] memory amounts = [uint256(11), 30, type(uint256).max];
        for (uint256 i; i < amounts.length; ++i) {
            vm.prank(alice);
            vm.expectRevert(
                abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 10, amounts[i])
            );
            token.transferAtEpoch(1, bob, amounts[i]);
        }
    }

    function test_RevertWhen_EpochIsToCome() public {
        give(alice, 10);
        uint256[2] memory epochs = [uint256(2), type(uint256).max];
        for (uint256 i; i < epochs.length; ++i) {
            vm.prank(alice);
            vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 1));
            token.transferAtEpoch(epochs[i], bob, 1);
            vm.prank(alice);
            assertTrue(token.transferAtEpoch(epochs[i], bob, 0), "nothing can be moved at any time");
        }
        assertEq(token.balanceOf(alice), 10);
    }

    function test_MovesTheNamedEpochAlone() public {
        give(alice, 10);
        warpToEpoch(2);
        give(alice, 20);
        warpToEpoch(3);
        give(alice, 30);
        vm.prank(alice);
        assertTrue(token.transferAtEpoch(2, bob, 15));
        vm.prank(alice);
        assertTrue(token.transferAtEpoch(3, bob, 30), "points of the current epoch can be spent");
        assertLots(alice, [uint256(0), 5, 10, 0]);
        assertLots(bob, [uint256(30), 15, 0, 0]);
    }

    function test_LogsOneTransferAndBeforeItTheEpoch() public {
        give(alice, 10);
        vm.recordLogs();
        vm.prank(alice);
        token.transferAtEpoch(1, bob, 4);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2);
        assertEq(logs[0].topics[0], IPointsToken.TransferredAtEpoch.selector);
        assertEq(logs[1].topics[0], IERC20.Transfer.selector);
    }

    function test_LogsExpiryOfBothFirst() public {
        give(alice, 10);
        give(bob, 20);
        warpToEpoch(4);
        give(alice, 1);
        warpToEpoch(5);
        vm.prank(alice);
        expectTransfer(alice, address(0), 10);
        expectTransfer(bob, address(0), 20);
        vm.expectEmit(address(token));
        emit IPointsToken.TransferredAtEpoch(alice, bob, 4, 1);
        expectTransfer(alice, bob, 1);
        token.transferAtEpoch(4, bob, 1);
        assertLots(bob, [uint256(0), 1, 0, 0]);
    }

    function test_ToOneselfChangesNothing() public {
        give(alice, 10);
        warpToEpoch(3);
        give(alice, 5);
        uint256 before = token.wordOf(alice);
        vm.startPrank(alice);
        token.transferAtEpoch(1, alice, 10);
        token.transferAtEpoch(3, alice, 5);
        token.transferAtEpoch(2, alice, 0);
        assertEq(token.wordOf(alice), before);
    }

    function test_AllowanceIsOfAllEpochs() public {
        give(alice, 10);
        warpToEpoch(2);
        give(alice, 10);
        vm.prank(alice);
        token.approve(bob, 12);
        vm.startPrank(bob);
        assertTrue(token.transferFromAtEpoch(1, alice, carol, 4));
        assertTrue(token.transferFromAtEpoch(2, alice, carol, 5));
        assertEq(token.allowance(alice, bob), 3);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 3, 4));
        token.transferFromAtEpoch(2, alice, carol, 4);
        assertLots(carol, [uint256(5), 4, 0, 0]);
    }

    function test_InfiniteAllowanceIsNotUsedUp() public {
        give(alice, 10);
        vm.prank(alice);
        token.approve(bob, type(uint256).max);
        vm.prank(bob);
        token.transferFromAtEpoch(1, alice, bob, 10);
        assertEq(token.allowance(alice, bob), type(uint256).max);
        assertEq(token.balanceOf(bob), 10);
    }

    /// @dev Any lots, epoch and amount: it moves exactly what was asked of the named lot, or reverts and moves nothing.
    function testFuzz_MovesTheNamedLotOrNothing(
        uint16[4] memory mine,
        uint16[4] memory theirs,
        uint256 ofEpoch,
        uint256 amount,
        uint256 now_,
        bool toOneself
    ) public {
        for (uint256 i; i < 4; ++i) {
            warpToEpoch(i + 1);
            if (mine[i] >= 1) give(alice, bound(mine[i], 1, 50_000));
            if (theirs[i] >= 1) give(bob, bound(theirs[i], 1, 50_000));
        }
        now_ = bound(now_, 4, 9);
        ofEpoch = bound(ofEpoch, 0, now_ + 2);
        amount = bound(amount, 0, 70_000);
        warpToEpoch(now_);
        address to = toOneself ? alice : bob;
        (uint256[4] memory a,) = token.lotsOf(alice);
        (uint256[4] memory b,) = token.lotsOf(bob);
        uint256 held = token.balanceOfAtEpoch(ofEpoch, alice);
        uint256 supply = token.totalSupply();
        bool expired = token.isEpochExpired(ofEpoch);

        vm.prank(alice);
        try token.transferAtEpoch(ofEpoch, to, amount) {
            assertFalse(expired);
            assertLe(amount, held);
            if (!toOneself && amount != 0) {
                a[now_ - ofEpoch] -= amount;
                b[now_ - ofEpoch] += amount;
            }
        } catch (bytes memory reason) {
            assertTrue(expired || amount > held);
            bytes4 expected = expired
                ? IERC7818.ERC7818TransferredExpiredToken.selector
                : IERC20Errors.ERC20InsufficientBalance.selector;
            assertEq(bytes4(reason), expected);
        }
        assertLots(alice, a);
        assertLots(bob, b);
        assertEq(token.totalSupply(), supply);
    }

    function assertLots(address account, uint256[4] memory expected) private view {
        (uint256[4] memory lots,) = token.lotsOf(account);
        for (uint256 age; age < 4; ++age) {
            assertEq(lots[age], expected[age]);
        }
    }

    function expectTransfer(address from, address to, uint256 amount) private {
        vm.expectEmit(address(token));
        emit IERC20.Transfer(from, to, amount);
    }
}
