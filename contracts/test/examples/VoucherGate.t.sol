// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {VoucherGate} from "../../examples/VoucherGate.sol";
import {IRewards} from "../../src/interfaces/IRewards.sol";
import {IVouchers} from "../../src/interfaces/IVouchers.sol";
import {Reward} from "../../src/types/Reward.sol";
import {VoucherKind} from "../../src/types/VoucherKind.sol";
import {Redeeming} from "../Redeeming.sol";

/// @notice
/// enter ── not approved │ not the caller's │ another reward's │ unknown │ expired │ used up │ a visit twice ── revert
///       └─ a coupon, which is burned │ a pass, which is kept
contract VoucherGateTest is Redeeming {
    VoucherGate private gate;
    uint256 private voucher;
    bytes32 private constant FRIDAY = keccak256("friday");

    function setUp() public override {
        super.setUp();
        gate = new VoucherGate(vouchers, addReward(coupon()));
        give(alice, 1_000);
        voucher = redeem(alice, gate.rewardId(), 1, 100);
        vm.prank(alice);
        vouchers.setApprovalForAll(address(gate), true);
    }

    function test_ACouponLetsItsHolderInAndIsBurned() public {
        assertTrue(gate.isWelcome(alice, voucher));
        vm.expectEmit(address(vouchers));
        emit IVouchers.VoucherUsed(voucher, alice, 1, FRIDAY);
        enter(alice, voucher, FRIDAY);
        assertEq(vouchers.balanceOf(alice, voucher), 0);
        assertEq(gate.visitor(FRIDAY), alice);
        assertFalse(gate.isWelcome(alice, voucher));
    }

    function test_APassIsKeptAndItsUseCounted() public {
        Reward memory reward = coupon();
        (reward.kind, reward.soulbound) = (VoucherKind.SeasonPass, true);
        gate = new VoucherGate(vouchers, addReward(reward));
        uint256 pass = redeem(alice, gate.rewardId(), 1, 100);
        vm.prank(alice);
        vouchers.setApprovalForAll(address(gate), true);
        enter(alice, pass, FRIDAY);
        enter(alice, pass, keccak256("saturday"));
        assertEq(vouchers.useCountOf(pass), 2);
        assertTrue(gate.isWelcome(alice, pass));
    }

    function test_RevertWhen_TheVoucherIsAnotherRewards() public {
        uint32 other = addReward(coupon());
        uint256 foreign = redeem(alice, other, 1, 100);
        vm.expectRevert(abi.encodeWithSelector(VoucherGate.WrongReward.selector, foreign, other));
        enter(alice, foreign, FRIDAY);
        assertFalse(gate.isWelcome(alice, foreign));
        vm.expectRevert(abi.encodeWithSelector(IRewards.UnknownRedemption.selector, 99));
        enter(alice, 99, FRIDAY);
    }

    function test_RevertWhen_TheVoucherIsSomebodyElses() public {
        vm.prank(bob);
        vouchers.setApprovalForAll(address(gate), true);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, bob, 0, 1, voucher));
        enter(bob, voucher, FRIDAY);
        assertEq(gate.visitor(FRIDAY), address(0));
    }

    function test_RevertWhen_TheGateIsNotApproved() public {
        vm.prank(alice);
        vouchers.setApprovalForAll(address(gate), false);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, address(gate), alice)
        );
        enter(alice, voucher, FRIDAY);
    }

    function test_RevertWhen_TheVisitIsTakenOrTheVoucherUsed() public {
        enter(alice, voucher, FRIDAY);
        uint256 second = redeem(alice, gate.rewardId(), 1, 100);
        vm.expectRevert(abi.encodeWithSelector(VoucherGate.VisitTaken.selector, FRIDAY, alice));
        enter(alice, second, FRIDAY);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 0, 1, voucher)
        );
        enter(alice, voucher, keccak256("saturday"));
    }

    function test_RevertWhen_TheVoucherHasExpired() public {
        Reward memory reward = coupon();
        reward.validFor = 1 days;
        gate = new VoucherGate(vouchers, addReward(reward));
        uint256 short = redeem(alice, gate.rewardId(), 1, 100);
        vm.prank(alice);
        vouchers.setApprovalForAll(address(gate), true);
        uint40 expiresAt = vouchers.expiryOf(short);
        vm.warp(expiresAt);
        assertFalse(gate.isWelcome(alice, short));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherExpired.selector, short, expiresAt));
        enter(alice, short, FRIDAY);
    }

    function enter(address account, uint256 id, bytes32 visit) private {
        vm.prank(account);
        gate.enter(id, visit);
    }
}
