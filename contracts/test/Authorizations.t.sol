// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAuthorizations} from "../src/interfaces/IAuthorizations.sol";
import {IPermit} from "../src/interfaces/IPermit.sol";
import {Signing} from "./Signing.sol";

/// @notice ERC-3009.
///
/// transferWithAuthorization ─ too early │ too late │ twice │ canceled │ other signer │ other terms │ too few points ── revert
///                           └ at both edges of its time │ in any order │ by a contract, both forms │ oldest points first
/// receiveWithAuthorization ── other caller │ signed as a transfer ── revert
/// cancelAuthorization ─────── used │ canceled │ other signer ── revert
contract AuthorizationsTest is Signing {
    bytes32 private constant TRANSFER = 0x7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267;
    bytes32 private constant RECEIVE = 0xd099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8;
    bytes32 private constant CANCEL = 0x158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429;
    bytes32 private constant NONCE = keccak256("nonce");

    function setUp() public override {
        super.setUp();
        give(signer.addr, 100);
        give(contractAccount, 100);
    }

    function test_TypesAreTheStandards() public view {
        assertEq(token.TRANSFER_WITH_AUTHORIZATION_TYPEHASH(), TRANSFER);
        assertEq(token.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(), RECEIVE);
        assertEq(token.CANCEL_AUTHORIZATION_TYPEHASH(), CANCEL);
    }

    function test_Transfer() public {
        bytes memory signature = signedTransfer(signer.addr, 30, NONCE);
        assertFalse(token.authorizationState(signer.addr, NONCE));
        vm.expectEmit(address(token));
        emit IERC3009.AuthorizationUsed(signer.addr, NONCE);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(signer.addr, bob, 30);
        vm.prank(stranger);
        send(signer.addr, 30, NONCE, signature);
        assertTrue(token.authorizationState(signer.addr, NONCE));
        assertEq(token.balanceOf(bob), 30);
    }

    function test_TransfersNeedNoOrder() public {
        bytes memory first = signedTransfer(signer.addr, 1, bytes32(uint256(1)));
        bytes memory second = signedTransfer(signer.addr, 2, bytes32(uint256(2)));
        send(signer.addr, 2, bytes32(uint256(2)), second);
        send(signer.addr, 1, bytes32(uint256(1)), first);
        assertEq(token.balanceOf(bob), 3);
    }

    function test_TransferInVRS() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(transferHash(TRANSFER, signer.addr, 30, NONCE));
        token.transferWithAuthorization(signer.addr, bob, 30, validAfter(), validBefore(), NONCE, v, r, s);
        (v, r, s) = sign(transferHash(TRANSFER, contractAccount, 30, NONCE));
        token.transferWithAuthorization(contractAccount, bob, 30, validAfter(), validBefore(), NONCE, v, r, s);
        assertEq(token.balanceOf(bob), 60);
    }

    function test_ContractAuthorizesInAFormOfItsOwn() public {
        send(contractAccount, 30, NONCE, bytes.concat(hex"00", signedTransfer(contractAccount, 30, NONCE)));
        assertEq(token.balanceOf(bob), 30);
        assertFalse(token.authorizationState(signer.addr, NONCE), "its nonces are its own");
    }

    function test_RevertWhen_ItIsNotTheTime() public {
        bytes memory signature = signedTransfer(signer.addr, 30, NONCE);
        uint256 start = EPOCH_START;
        vm.warp(start - 1);
        vm.expectRevert(abi.encodeWithSelector(IAuthorizations.AuthorizationNotYetValid.selector, start - 1, start - 1));
        token.transferWithAuthorization(signer.addr, bob, 30, start - 1, start + 1, NONCE, signature);
        vm.warp(start + 1);
        vm.expectRevert(abi.encodeWithSelector(IAuthorizations.AuthorizationExpired.selector, start + 1, start + 1));
        token.transferWithAuthorization(signer.addr, bob, 30, start - 1, start + 1, NONCE, signature);
        vm.warp(start);
        token.transferWithAuthorization(signer.addr, bob, 30, start - 1, start + 1, NONCE, signature);
        assertEq(token.balanceOf(bob), 30);
    }

    function test_RevertWhen_ItIsUsed() public {
        bytes memory signature = signedTransfer(signer.addr, 30, NONCE);
        send(signer.addr, 30, NONCE, signature);
        expectSpent(signer.addr);
        send(signer.addr, 30, NONCE, signature);
    }

    function test_RevertWhen_PointsAreTooFew() public {
        bytes memory signature = signedTransfer(signer.addr, 101, NONCE);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, signer.addr, 100, 101));
        send(signer.addr, 101, NONCE, signature);
        assertFalse(token.authorizationState(signer.addr, NONCE), "it can be sent again when there are more");
    }

    function test_RevertWhen_SignerIsAnother() public {
        bytes memory signature = signedTransfer(alice, 0, NONCE);
        expectInvalid(alice);
        send(alice, 0, NONCE, signature);
    }

    function test_RevertWhen_FromIsZero() public {
        expectInvalid(address(0));
        send(address(0), 0, NONCE, new bytes(65));
        expectInvalid(address(0));
        send(address(0), 0, NONCE, "");
    }

    function test_MovesTheOldestPoints() public {
        warpToEpoch(2);
        give(signer.addr, 5);
        bytes memory signature = signedTransfer(signer.addr, 102, NONCE);
        send(signer.addr, 102, NONCE, signature);
        assertEq(token.balanceOfAtEpoch(1, bob), 100);
        assertEq(token.balanceOfAtEpoch(2, bob), 2);
    }

    function test_Receive() public {
        bytes memory signature = signed(transferHash(RECEIVE, signer.addr, 30, NONCE));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAuthorizations.CallerNotRecipient.selector, bob, stranger));
        token.receiveWithAuthorization(signer.addr, bob, 30, validAfter(), validBefore(), NONCE, signature);
        expectInvalid(signer.addr);
        send(signer.addr, 30, NONCE, signature);
        vm.prank(bob);
        token.receiveWithAuthorization(signer.addr, bob, 30, validAfter(), validBefore(), NONCE, signature);
        assertEq(token.balanceOf(bob), 30);

        (uint8 v, bytes32 r, bytes32 s) = sign(transferHash(RECEIVE, contractAccount, 30, NONCE));
        vm.expectRevert(abi.encodeWithSelector(IAuthorizations.CallerNotRecipient.selector, bob, address(this)));
        token.receiveWithAuthorization(contractAccount, bob, 30, validAfter(), validBefore(), NONCE, v, r, s);
        vm.prank(bob);
        token.receiveWithAuthorization(contractAccount, bob, 30, validAfter(), validBefore(), NONCE, v, r, s);
        assertEq(token.balanceOf(bob), 60);
    }

    function test_RevertWhen_ATransferIsReceived() public {
        bytes memory signature = signedTransfer(signer.addr, 30, NONCE);
        vm.prank(bob);
        expectInvalid(signer.addr);
        token.receiveWithAuthorization(signer.addr, bob, 30, validAfter(), validBefore(), NONCE, signature);
    }

    function test_Cancel() public {
        (uint8 v, bytes32 r, bytes32 s) = sign(keccak256(abi.encode(CANCEL, signer.addr, NONCE)));
        vm.expectEmit(address(token));
        emit IERC3009Cancel.AuthorizationCanceled(signer.addr, NONCE);
        token.cancelAuthorization(signer.addr, NONCE, v, r, s);
        assertTrue(token.authorizationState(signer.addr, NONCE));
        bytes memory signature = signedTransfer(signer.addr, 30, NONCE);
        expectSpent(signer.addr);
        send(signer.addr, 30, NONCE, signature);
        expectSpent(signer.addr);
        token.cancelAuthorization(signer.addr, NONCE, v, r, s);
    }

    function test_RevertWhen_CanceledByAnother() public {
        bytes memory signature = signed(keccak256(abi.encode(CANCEL, signer.addr, NONCE)));
        expectInvalid(alice);
        token.cancelAuthorization(alice, NONCE, signature);
        expectInvalid(contractAccount);
        token.cancelAuthorization(contractAccount, NONCE, signature);
        signature = bytes.concat(hex"00", signed(keccak256(abi.encode(CANCEL, contractAccount, NONCE))));
        token.cancelAuthorization(contractAccount, NONCE, signature);
        assertTrue(token.authorizationState(contractAccount, NONCE));
    }

    /// @dev Within its time and the balance, to the point; and of other terms than were signed, never.
    function testFuzz_MovesWhatWasSigned(uint256 value, bytes32 nonce, uint256 other, uint8 field) public {
        value = bound(value, 0, 100);
        bytes memory signature = signedTransfer(signer.addr, value, nonce);
        field %= 4;
        address to = field == 0 ? address(uint160(other)) : bob;
        uint256 value2 = field == 1 ? other : value;
        bytes32 nonce2 = field == 2 ? bytes32(other) : nonce;
        uint256 before = field == 3 ? bound(other, block.timestamp + 1, type(uint256).max) : validBefore();
        bool same = to == bob && value2 == value && nonce2 == nonce && before == validBefore();
        uint256 after_ = validAfter();
        if (!same) expectInvalid(signer.addr);
        token.transferWithAuthorization(signer.addr, to, value2, after_, before, nonce2, signature);
        assertEq(token.balanceOf(bob), same ? value : 0);
        assertEq(token.authorizationState(signer.addr, nonce), same);
    }

    function send(address from, uint256 value, bytes32 nonce, bytes memory signature) private {
        token.transferWithAuthorization(from, bob, value, validAfter(), validBefore(), nonce, signature);
    }

    function signedTransfer(address from, uint256 value, bytes32 nonce) private view returns (bytes memory) {
        return signed(transferHash(TRANSFER, from, value, nonce));
    }

    function transferHash(bytes32 typeHash, address from, uint256 value, bytes32 nonce) private view returns (bytes32) {
        return keccak256(abi.encode(typeHash, from, bob, value, validAfter(), validBefore(), nonce));
    }

    /// @dev Good in this one second.
    function validAfter() private view returns (uint256) {
        return block.timestamp - 1;
    }

    function validBefore() private view returns (uint256) {
        return block.timestamp + 1;
    }

    function expectInvalid(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IPermit.InvalidSignature.selector, account));
    }

    function expectSpent(address account) private {
        vm.expectRevert(abi.encodeWithSelector(IAuthorizations.AuthorizationSpent.selector, account, NONCE));
    }
}
