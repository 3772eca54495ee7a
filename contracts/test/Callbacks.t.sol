// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC1363Spender} from "@openzeppelin/contracts/interfaces/IERC1363Spender.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC1363Utils} from "@openzeppelin/contracts/token/ERC20/utils/ERC1363Utils.sol";
import {Deployed} from "./Deployed.sol";

/// @notice A shop that is paid by a call. What it does with the call is up to the data.
contract Shop is IERC1363Receiver, IERC1363Spender {
    error Closed(uint256 until);

    address public operator;
    address public from;
    uint256 public value;
    bytes public data;
    uint256 public balanceSeen;

    function onTransferReceived(address operator_, address from_, uint256 value_, bytes calldata data_)
        external
        returns (bytes4)
    {
        (operator, from, value, data) = (operator_, from_, value_, data_);
        balanceSeen = IERC20(msg.sender).balanceOf(address(this));
        if (_is("pass on")) IERC20(msg.sender).transfer(from_, value_);
        return _answer(IERC1363Receiver.onTransferReceived.selector);
    }

    function onApprovalReceived(address owner, uint256 value_, bytes calldata data_) external returns (bytes4) {
        (from, value, data) = (owner, value_, data_);
        if (_is("collect")) IERC20(msg.sender).transferFrom(owner, address(this), value_);
        return _answer(IERC1363Spender.onApprovalReceived.selector);
    }

    function _answer(bytes4 expected) private view returns (bytes4) {
        if (_is("closed")) revert Closed(7);
        if (_is("silent")) {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
        return _is("wrong") ? bytes4(0xdeadbeef) : expected;
    }

    function _is(bytes memory what) private view returns (bool) {
        return keccak256(data) == keccak256(what);
    }
}

/// @notice ERC-1363.
///
/// each of the six ─ the shop is told who, what and why, after it happened
///                 └ no contract │ a contract that knows nothing of it │ a wrong answer │ an error │ no answer ── revert
contract CallbacksTest is Deployed {
    Shop private shop;

    function setUp() public override {
        super.setUp();
        shop = new Shop();
        give(alice, 100);
    }

    function test_Transfer() public {
        vm.prank(alice);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, address(shop), 30);
        assertTrue(token.transferAndCall(address(shop), 30, "order 7"));
        assertTold(alice, alice, 30, "order 7");
        assertEq(shop.balanceSeen(), 30, "the points are there when it is told");
        vm.prank(alice);
        assertTrue(token.transferAndCall(address(shop), 5));
        assertTold(alice, alice, 5, "");
    }

    function test_TransferFrom() public {
        vm.prank(alice);
        token.approve(bob, 40);
        vm.startPrank(bob);
        assertTrue(token.transferFromAndCall(alice, address(shop), 30, "order 7"));
        assertTold(bob, alice, 30, "order 7");
        assertTrue(token.transferFromAndCall(alice, address(shop), 4));
        assertTold(bob, alice, 4, "");
        assertEq(token.allowance(alice, bob), 6);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 6, 7));
        token.transferFromAndCall(alice, address(shop), 7);
    }

    function test_Approve() public {
        vm.startPrank(alice);
        vm.expectEmit(address(token));
        emit IERC20.Approval(alice, address(shop), 30);
        assertTrue(token.approveAndCall(address(shop), 30, "order 7"));
        assertTold(address(0), alice, 30, "order 7");
        assertTrue(token.approveAndCall(address(shop), 20, "collect"));
        assertEq(token.balanceOf(address(shop)), 20);
        assertEq(token.allowance(alice, address(shop)), 0);
        assertTrue(token.approveAndCall(address(shop), 3));
        assertTold(address(0), alice, 3, "");
    }

    function test_ShopPassesPointsOnInTheCall() public {
        uint256 before = token.wordOf(alice);
        vm.prank(alice);
        token.transferAndCall(address(shop), 100, "pass on");
        assertEq(token.wordOf(alice), before);
        assertEq(token.totalSupply(), 100);
    }

    function test_RevertWhen_ReceiverIsNoContract() public {
        vm.startPrank(alice);
        expectInvalidReceiver(bob);
        token.transferAndCall(bob, 1);
        token.approve(alice, 1);
        expectInvalidReceiver(bob);
        token.transferFromAndCall(alice, bob, 1);
        expectInvalidSpender(bob);
        token.approveAndCall(bob, 1);
    }

    function test_RevertWhen_ReceiverKnowsNothingOfIt() public {
        vm.startPrank(alice);
        expectInvalidReceiver(address(rules));
        token.transferAndCall(address(rules), 1);
        expectInvalidSpender(address(rules));
        token.approveAndCall(address(rules), 1);
    }

    function test_RevertWhen_ShopAnswersOtherwise() public {
        bytes[2] memory data = [bytes("wrong"), bytes("silent")];
        for (uint256 i; i < data.length; ++i) {
            vm.startPrank(alice);
            expectInvalidReceiver(address(shop));
            token.transferAndCall(address(shop), 1, data[i]);
            expectInvalidSpender(address(shop));
            token.approveAndCall(address(shop), 1, data[i]);
            vm.stopPrank();
        }
        assertEq(token.balanceOf(alice), 100);
        assertEq(token.allowance(alice, address(shop)), 0);
    }

    function test_RevertWhen_ShopFailsWithItsOwnError() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(Shop.Closed.selector, 7));
        token.transferAndCall(address(shop), 1, "closed");
        vm.expectRevert(abi.encodeWithSelector(Shop.Closed.selector, 7));
        token.approveAndCall(address(shop), 1, "closed");
    }

    function testFuzz_ShopIsToldWhatHappened(uint256 value, bytes calldata data) public {
        bytes32 given = keccak256(data);
        vm.assume(given != keccak256("wrong") && given != keccak256("silent") && given != keccak256("closed"));
        vm.prank(alice);
        if (value > 100) {
            vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 100, value));
        }
        token.transferAndCall(address(shop), value, data);
        if (value <= 100) assertTold(alice, alice, value, data);
        assertEq(token.balanceOf(alice) + token.balanceOf(address(shop)), 100);
    }

    function assertTold(address operator, address from, uint256 value, bytes memory data) private view {
        if (operator != address(0)) assertEq(shop.operator(), operator);
        assertEq(shop.from(), from);
        assertEq(shop.value(), value);
        assertEq(shop.data(), data);
    }

    function expectInvalidReceiver(address receiver) private {
        vm.expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidReceiver.selector, receiver));
    }

    function expectInvalidSpender(address spender) private {
        vm.expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidSpender.selector, spender));
    }
}
