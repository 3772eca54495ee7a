// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPartnerExchange} from "../src/interfaces/IPartnerExchange.sol";
import {Agreement} from "../src/types/Agreement.sol";
import {Roles} from "../src/types/Roles.sol";
import {Partners} from "./Partners.sol";
import {FailingToken} from "./hostile/FailingToken.sol";
import {FeeToken} from "./hostile/FeeToken.sol";
import {ReentrantToken} from "./hostile/ReentrantToken.sol";
import {SilentToken} from "./hostile/SilentToken.sol";

/// @notice What a PartnerExchange takes in and pays out for conversions.
///
/// deposit ── unknown │ at the target ── revert
/// withdraw ─ not an operator │ unknown │ more than is left ── revert
/// collect ── once │ nothing
/// hostile settlement tokens ── fee │ silent │ false │ reverting │ reentrant
contract SettlementTest is Partners {
    // deposit, withdraw

    function test_AnyoneFundsAnAgreement() public {
        bytes32 id = signAt(address(air.exchange), airToHotel());
        money.mint(stranger, 100);
        vm.startPrank(stranger);
        money.approve(address(air.exchange), 100);
        vm.expectEmit(address(air.exchange));
        emit IPartnerExchange.Deposited(id, stranger, 60);
        assertEq(air.exchange.deposit(id, 60), 60);
        air.exchange.deposit(id, 40);
        assertEq(air.exchange.escrowOf(id), 100);
        assertEq(money.balanceOf(address(air.exchange)), 100);
    }

    function test_RevertWhen_DepositIsMadeAtTheTarget() public {
        bytes32 id = signBoth(airToHotel());
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.NotSource.selector, id, address(air.exchange)));
        hotel.exchange.deposit(id, 1);
    }

    function test_OperatorsWithdrawWhatIsNotOwed() public {
        (bytes32 id,) = ready(100);
        convert(alice, airToHotel(), 30);
        assertEq(air.exchange.escrowOf(id), 50);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.InsufficientEscrow.selector, id, 50, 51));
        air.exchange.withdraw(id, 51, operator);
        vm.expectEmit(address(air.exchange));
        emit IPartnerExchange.Withdrawn(id, bob, 50);
        air.exchange.withdraw(id, 50, bob);
        assertEq(money.balanceOf(bob), 50);
        assertEq(air.exchange.escrowOf(id), 0);
        assertEq(money.balanceOf(address(air.exchange)), 50, "what is owed stays");
    }

    function test_EscrowOfOneAgreementPaysForNoOther() public {
        ready(100);
        Agreement memory other = airToHotel();
        other.termsHash = keccak256("another agreement");
        bytes32 otherId = signBoth(other);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.InsufficientEscrow.selector, otherId, 0, 5));
        convert(alice, other, 3);
    }

    function test_RevertWhen_EscrowIsWithdrawnByAStranger() public {
        (bytes32 id,) = ready(100);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        air.exchange.withdraw(id, 1, stranger);
    }

    // collect

    function test_AnyoneCollectsForTheBeneficiary() public {
        (, Agreement memory agreement) = ready(100);
        convert(alice, agreement, 30);
        vm.expectEmit(address(air.exchange));
        emit IPartnerExchange.Collected(address(money), beneficiary, 50);
        vm.prank(stranger);
        assertEq(air.exchange.collect(address(money), beneficiary), 50);
        assertEq(money.balanceOf(beneficiary), 50);
        assertEq(air.exchange.collect(address(money), beneficiary), 0, "once");
        assertEq(money.balanceOf(beneficiary), 50);
        assertEq(air.exchange.owedTo(address(money), beneficiary), 0);
    }

    function test_WhatIsOwedOutlivesTheAgreement() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        convert(alice, agreement, 30);
        vm.warp(agreement.closesAt);
        vm.prank(operator);
        air.exchange.withdraw(id, 50, operator);
        assertEq(air.exchange.collect(address(money), beneficiary), 50);
    }

    // hostile settlement tokens

    function test_FeesAreBorneByWhoeverPays() public {
        FeeToken fees = new FeeToken();
        (bytes32 id, Agreement memory agreement) = readyIn(address(fees));
        fees.mint(address(this), 1000);
        fees.approve(address(air.exchange), 1000);
        assertEq(air.exchange.deposit(id, 1000), 990);
        assertEq(air.exchange.escrowOf(id), 990);
        convert(alice, agreement, 300);
        assertEq(air.exchange.collect(address(fees), beneficiary), 500);
        assertEq(fees.balanceOf(beneficiary), 495);
        vm.prank(operator);
        air.exchange.withdraw(id, 490, operator);
        assertEq(fees.balanceOf(address(air.exchange)), 0);
    }

    function test_TokenThatAnswersNothingWorks() public {
        SilentToken silent = new SilentToken();
        (bytes32 id, Agreement memory agreement) = readyIn(address(silent));
        silent.mint(address(this), 100);
        silent.approve(address(air.exchange), 100);
        assertEq(air.exchange.deposit(id, 100), 100);
        convert(alice, agreement, 30);
        air.exchange.collect(address(silent), beneficiary);
        assertEq(silent.balanceOf(beneficiary), 50);
        vm.prank(operator);
        air.exchange.withdraw(id, 50, operator);
        assertEq(silent.balanceOf(operator), 50);
    }

    /// @dev Whatever way it fails: no record changes, conversions and other tokens go on, and once it works again all is paid.
    function test_FailingTokenLosesNothingAndHoldsUpNoOther() public {
        (bytes32 soundId, Agreement memory sound) = ready(100);
        FailingToken failing = new FailingToken();
        (bytes32 id, Agreement memory agreement) = readyIn(address(failing));
        failing.mint(address(this), 200);
        failing.approve(address(air.exchange), 200);
        air.exchange.deposit(id, 100);
        convert(alice, agreement, 3);

        for (uint256 failure = 1; failure < 3; ++failure) {
            failing.fail(FailingToken.Failure(failure));
            bytes memory fault = failure == 2
                ? abi.encodeWithSelector(FailingToken.Stuck.selector)
                : abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(failing));
            vm.expectRevert(fault);
            air.exchange.deposit(id, 100);
            vm.expectRevert(fault);
            air.exchange.collect(address(failing), beneficiary);
            vm.prank(operator);
            vm.expectRevert(fault);
            air.exchange.withdraw(id, 10, operator);
            convert(alice, agreement, 3);
            convert(alice, sound, 3);
            air.exchange.collect(address(money), beneficiary);
        }
        assertEq(money.balanceOf(beneficiary), 10);
        assertEq(air.exchange.escrowOf(soundId), 90);

        failing.fail(FailingToken.Failure.None);
        assertEq(air.exchange.escrowOf(id), 85);
        air.exchange.collect(address(failing), beneficiary);
        assertEq(failing.balanceOf(beneficiary), 15);
    }

    /// @dev The token comes back in the midst of each of the three transfers, into each function that pays, as one that may call it.
    function test_NobodyComesBackIntoAPayment() public {
        for (uint256 i; i < 9; ++i) {
            (bytes32 id, ReentrantToken token) = readyToReenter();
            bytes[3] memory calls = [
                abi.encodeCall(IPartnerExchange.deposit, (id, 10)),
                abi.encodeCall(IPartnerExchange.withdraw, (id, 10, address(token))),
                abi.encodeCall(IPartnerExchange.collect, (address(token), beneficiary))
            ];
            token.reenter(address(air.exchange), calls[i % 3]);
            pay(i / 3, id, token);
            assertFalse(token.succeeded());
            assertEq(bytes4(token.answer()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            assertAccounted(id, token);
        }
    }

    /// @dev It may convert, since a conversion pays nobody.
    function test_ConversionInTheMidstOfAPaymentIsAccountedFor() public {
        for (uint256 i; i < 3; ++i) {
            (bytes32 id, ReentrantToken token) = readyToReenter();
            give(air, address(token), 3);
            Agreement memory agreement = air.exchange.agreementOf(id);
            token.reenter(address(air.exchange), abi.encodeCall(IPartnerExchange.convert, (agreement, 3, bob)));
            pay(i, id, token);
            assertTrue(token.succeeded());
            assertEq(air.exchange.burnedUnder(id), 6);
            assertAccounted(id, token);
            assertEq(air.exchange.owedTo(address(token), beneficiary), i == 2 ? 5 : 10);
        }
    }

    function test_TokensThatComeOtherwiseCountForNobody() public {
        (bytes32 id,) = ready(100);
        money.mint(address(air.exchange), 50);
        fund(id, 10);
        assertEq(air.exchange.escrowOf(id), 110);
    }

    /// @dev The same in another settlement token, with nothing in its escrow.
    function readyIn(address settlementToken) private returns (bytes32 id, Agreement memory agreement) {
        agreement = airToHotel();
        agreement.settlementToken = settlementToken;
        id = signBoth(agreement);
        give(air, alice, 1000);
    }

    /// @dev 100 paid in, 5 of them owed; the token may withdraw, and can pay for a deposit of its own.
    function readyToReenter() private returns (bytes32 id, ReentrantToken token) {
        token = new ReentrantToken();
        Agreement memory agreement;
        (id, agreement) = readyIn(address(token));
        token.mint(address(this), 200);
        token.approve(address(air.exchange), 200);
        air.exchange.deposit(id, 100);
        convert(alice, agreement, 3);
        token.mint(address(token), 10);
        token.allow(address(air.exchange));
        vm.prank(owner);
        air.manager.grantRole(Roles.OPERATOR, address(token), 0);
    }

    function pay(uint256 way, bytes32 id, ReentrantToken token) private {
        if (way == 0) {
            assertEq(air.exchange.deposit(id, 100), 100);
        } else if (way == 1) {
            vm.prank(operator);
            air.exchange.withdraw(id, 20, operator);
        } else {
            assertEq(air.exchange.collect(address(token), beneficiary), 5);
        }
    }

    function assertAccounted(bytes32 id, ReentrantToken token) private view {
        assertEq(
            token.balanceOf(address(air.exchange)),
            air.exchange.escrowOf(id) + air.exchange.owedTo(address(token), beneficiary)
        );
    }
}
