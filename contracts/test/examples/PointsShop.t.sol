// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {PointsShop} from "../../examples/PointsShop.sol";
import {Deployed} from "../Deployed.sol";

/// @notice
/// pay ───── another token │ no order │ wrong price │ twice │ refunded │ no id ── revert, and the points stay
///        └─ exactly │ by an approved account
/// refund ── not paid │ twice ── revert
///        └─ to who paid
contract PointsShopTest is Deployed {
    PointsShop private shop;
    address private merchant = makeAddr("merchant");
    bytes32 private constant ORDER = keccak256("order 7");

    function setUp() public override {
        super.setUp();
        shop = new PointsShop(token, merchant);
        vm.prank(merchant);
        shop.open(ORDER, 30);
        give(alice, 100);
    }

    function test_AnOrderIsPaidByOneCall() public {
        vm.expectEmit(address(shop));
        emit PointsShop.OrderPaid(ORDER, alice, 30);
        pay(30, abi.encode(ORDER));
        assertEq(token.balanceOf(address(shop)), 30);
        assertEq(shop.orderOf(ORDER).buyer, alice);
        assertTrue(shop.orderOf(ORDER).state == PointsShop.State.Paid);
    }

    function test_WhoeverIsApprovedPaysForTheBuyer() public {
        vm.prank(alice);
        token.approve(bob, 30);
        vm.prank(bob);
        token.transferFromAndCall(alice, address(shop), 30, abi.encode(ORDER));
        assertEq(shop.orderOf(ORDER).buyer, alice);
    }

    function testFuzz_RevertWhen_ThePriceIsAnother(uint256 points) public {
        points = bound(points, 0, 100);
        vm.assume(points != 30);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(PointsShop.WrongPrice.selector, points, 30));
        token.transferAndCall(address(shop), points, abi.encode(ORDER));
        assertEq(token.balanceOf(alice), 100);
    }

    function test_RevertWhen_TheOrderIsNotOpen() public {
        bytes32 unknown = keccak256("order 8");
        expectWrongState(unknown, PointsShop.State.None);
        pay(30, abi.encode(unknown));
        pay(30, abi.encode(ORDER));
        expectWrongState(ORDER, PointsShop.State.Paid);
        pay(30, abi.encode(ORDER));
        vm.prank(merchant);
        shop.refund(ORDER);
        expectWrongState(ORDER, PointsShop.State.Refunded);
        pay(30, abi.encode(ORDER));
    }

    function test_RevertWhen_TheDataIsNoOrder() public {
        bytes[3] memory data = [bytes(""), bytes("order 7"), abi.encode(ORDER, ORDER)];
        for (uint256 i; i < data.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(PointsShop.UnexpectedData.selector, data[i]));
            pay(30, data[i]);
        }
    }

    function test_RevertWhen_AnotherTokenCalls() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(PointsShop.ForeignToken.selector, alice));
        shop.onTransferReceived(alice, alice, 30, abi.encode(ORDER));
    }

    function test_ARefundGoesToWhoPaid() public {
        pay(30, abi.encode(ORDER));
        vm.prank(merchant);
        vm.expectEmit(address(shop));
        emit PointsShop.OrderRefunded(ORDER, alice, 30);
        shop.refund(ORDER);
        assertEq(token.balanceOf(alice), 100);
        vm.prank(merchant);
        expectWrongState(ORDER, PointsShop.State.Refunded);
        shop.refund(ORDER);
    }

    function test_RevertWhen_WhatIsRefundedWasNotPaid() public {
        vm.prank(merchant);
        expectWrongState(ORDER, PointsShop.State.Open);
        shop.refund(ORDER);
    }

    function test_RevertWhen_TheOrdersIdWasUsed() public {
        vm.startPrank(merchant);
        expectWrongState(ORDER, PointsShop.State.Open);
        shop.open(ORDER, 30);
        vm.expectRevert(abi.encodeWithSelector(PointsShop.InvalidPrice.selector, 0));
        shop.open(keccak256("free"), 0);
    }

    function test_TheMerchantTakesWhatWasEarned() public {
        pay(30, abi.encode(ORDER));
        vm.startPrank(merchant);
        shop.withdraw(carol, 30);
        assertEq(token.balanceOf(carol), 30);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(shop), 0, 30));
        shop.refund(ORDER);
    }

    function test_RevertWhen_AStrangerDoesWhatTheMerchantDoes() public {
        vm.startPrank(stranger);
        bytes memory denied = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.expectRevert(denied);
        shop.open(keccak256("order 8"), 1);
        vm.expectRevert(denied);
        shop.refund(ORDER);
        vm.expectRevert(denied);
        shop.withdraw(stranger, 0);
    }

    function pay(uint256 points, bytes memory data) private {
        vm.prank(alice);
        token.transferAndCall(address(shop), points, data);
    }

    function expectWrongState(bytes32 orderId, PointsShop.State state) private {
        vm.expectRevert(abi.encodeWithSelector(PointsShop.WrongState.selector, orderId, state));
    }
}
