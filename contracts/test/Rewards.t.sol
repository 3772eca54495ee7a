// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1155Errors, IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";
import {FreezeReason} from "../src/types/FreezeReason.sol";
import {Redemption} from "../src/types/Redemption.sol";
import {RefundReason} from "../src/types/RefundReason.sol";
import {Reward, RewardLibrary} from "../src/types/Reward.sol";
import {Roles} from "../src/types/Roles.sol";
import {VoucherKind} from "../src/types/VoucherKind.sol";
import {Redeeming} from "./Redeeming.sol";

/// @notice A member whose account is a contract. When it receives vouchers it does what it planned, once.
contract Schemer is ERC1155Holder {
    error Refused(uint256 id);

    address private _target;
    bytes private _plan;

    function plan(address target, bytes calldata data) external {
        (_target, _plan) = (target, data);
    }

    function act(address target, bytes memory data) public returns (bytes memory) {
        return Address.functionCall(target, data);
    }

    function onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes memory data)
        public
        override
        returns (bytes4)
    {
        bytes memory planned = _plan;
        delete _plan;
        if (_target == address(this)) revert Refused(id);
        if (planned.length != 0) act(_target, planned);
        return super.onERC1155Received(operator, from, id, value, data);
    }
}

/// @notice
/// constructor ── a token or vouchers of another ── revert
/// addReward ──── not an operator │ faulty ── revert │ numbered from 1
/// changeReward ─ not an operator │ unknown │ faulty │ worse ── revert │ better │ opened again │ larger stock and limit
/// closeReward ── not an operator │ unknown │ closes sooner ── revert │ after the notice │ never opened
/// redeem ─────── unknown │ too early or late │ quantity │ price │ tier │ stock │ limit ── revert
///             ├─ points │ frozen │ paused │ ended ── revert
///             └─ each kind │ fixed, chosen, no price │ how long vouchers last │ while the end is announced
/// refund ─────── not an adjuster │ unknown │ twice │ used │ given away │ paused ── revert
///             ├─ lots live │ expired in part │ stock, limit and number │ limits lifted meanwhile
///             └─ vouchers expired │ after the end
/// receivers ──── refuse │ are none ── revert │ redeem, use, give away or refund on receipt
contract RewardsTest is Redeeming {
    // constructor

    function test_RevertWhen_TheTokenHasAnotherRedeemer() public {
        vm.expectRevert(abi.encodeWithSelector(IRewards.ForeignToken.selector, address(token), rewards));
        create("Rewards", abi.encode(manager, token, vouchers));
    }

    function test_RevertWhen_TheVouchersAreOfAnother() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.mockCall(address(token), abi.encodeCall(token.redeemer, ()), abi.encode(predicted));
        vm.expectRevert(abi.encodeWithSelector(IRewards.ForeignVouchers.selector, address(vouchers), rewards));
        create("Rewards", abi.encode(manager, token, vouchers));
    }

    function test_KnowsItsTokenAndVouchers() public view {
        assertEq(catalogue.token(), address(token));
        assertEq(catalogue.vouchers(), address(vouchers));
        assertEq(vouchers.rewards(), rewards);
    }

    // addReward

    function test_RewardsAreNumberedFromOne() public {
        assertEq(catalogue.rewardCount(), 0);
        vm.expectEmit(rewards);
        emit IRewards.RewardSet(1, 1, coupon());
        assertEq(addReward(coupon()), 1);
        assertEq(addReward(edition()), 2);
        assertEq(catalogue.rewardCount(), 2);
        (Reward memory reward, uint32 version) = catalogue.rewardOf(2);
        assertEq(abi.encode(reward), abi.encode(edition()));
        assertEq(version, 1);
        assertEq(catalogue.stockLeft(1), UNLIMITED);
        assertEq(catalogue.stockLeft(2), 10);
        assertEq(catalogue.limitLeft(2, alice), UNLIMITED);
    }

    function test_RevertWhen_ARewardIsAddedByAStranger() public {
        expectUnauthorized(issuer);
        catalogue.addReward(coupon());
    }

    function test_RevertWhen_TheRewardIsFaulty() public {
        Reward memory reward = coupon();
        reward.limitPerMember = 0;
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidLimit.selector, 0));
        catalogue.addReward(reward);
        catalogue.addReward(coupon());
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidLimit.selector, 0));
        catalogue.changeReward(1, reward);
    }

    // changeReward

    function test_BetterRewardsAreInForceAtOnce() public {
        Reward memory reward = coupon();
        (reward.stock, reward.limitPerMember, reward.closesAt) = (2, 1, EPOCH_START + 1 days);
        uint32 id = addReward(reward);
        give(alice, 1000);
        redeem(alice, id, 1, 100);
        (reward.priceMin, reward.priceMax) = (90, 90);
        (reward.stock, reward.limitPerMember, reward.closesAt) = (3, 2, NEVER);
        vm.expectEmit(rewards);
        emit IRewards.RewardSet(id, 2, reward);
        assertEq(changeReward(id, reward), 2);
        assertEq(catalogue.stockLeft(id), 2, "what was redeemed counts");
        assertEq(catalogue.limitLeft(id, alice), 1, "what was redeemed counts");
        vm.warp(EPOCH_START + 2 days);
        redeem(alice, id, 1, 90);
        assertEq(catalogue.stockLeft(id), 1);
        assertEq(catalogue.limitLeft(id, alice), 0);
        assertEq(changeReward(id, reward), 3, "the same is no worse");
    }

    function test_RevertWhen_ARewardIsChangedByAStranger() public {
        uint32 id = addReward(coupon());
        expectUnauthorized(issuer);
        catalogue.changeReward(id, coupon());
    }

    function test_RevertWhen_ARewardIsUnknown() public {
        addReward(coupon());
        uint32[2] memory ids = [uint32(0), 2];
        for (uint256 i; i < ids.length; ++i) {
            bytes memory unknown = abi.encodeWithSelector(IRewards.UnknownReward.selector, ids[i]);
            vm.startPrank(operator);
            vm.expectRevert(unknown);
            catalogue.changeReward(ids[i], coupon());
            vm.expectRevert(unknown);
            catalogue.closeReward(ids[i]);
            vm.stopPrank();
            vm.expectRevert(unknown);
            redeem(alice, ids[i], 1, 100);
            vm.expectRevert(unknown);
            catalogue.rewardOf(ids[i]);
            vm.expectRevert(unknown);
            catalogue.stockLeft(ids[i]);
            vm.expectRevert(unknown);
            catalogue.limitLeft(ids[i], alice);
        }
    }

    function test_RevertWhen_ARewardGetsWorse() public {
        uint32 id = addReward(coupon());
        Reward memory reward = coupon();
        (reward.priceMin, reward.priceMax) = (101, 101);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IRewards.WorseReward.selector, id));
        catalogue.changeReward(id, reward);
    }

    // closeReward

    function test_ClosingWaitsOutTheNoticePeriod() public {
        uint32 id = addReward(coupon());
        give(alice, 1000);
        uint40 end = uint40(block.timestamp) + rules.noticePeriod();
        Reward memory reward = coupon();
        reward.closesAt = end;
        vm.expectEmit(rewards);
        emit IRewards.RewardSet(id, 2, reward);
        vm.prank(operator);
        assertEq(catalogue.closeReward(id), end);
        vm.warp(end - 1);
        redeem(alice, id, 1, 100);
        vm.warp(end);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IRewards.RewardNotOpen.selector, id, EPOCH_START, end));

        changeReward(id, coupon());
        redeem(alice, id, 1, 100);
    }

    function test_RevertWhen_TheRewardClosesSooner() public {
        uint32 id = addReward(coupon());
        vm.startPrank(operator);
        uint40 end = catalogue.closeReward(id);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyClosing.selector, id, end));
        catalogue.closeReward(id);
        vm.warp(block.timestamp + 1 minutes);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyClosing.selector, id, end));
        catalogue.closeReward(id);
        vm.warp(end + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyClosing.selector, id, end));
        catalogue.closeReward(id);
    }

    function test_ARewardClosedBeforeItOpensNeverDoes() public {
        Reward memory reward = coupon();
        reward.opensAt = uint40(block.timestamp) + rules.noticePeriod() + 1 days;
        uint32 id = addReward(reward);
        vm.prank(operator);
        uint40 end = catalogue.closeReward(id);
        give(alice, 100);
        uint256[3] memory times = [end - 1, reward.opensAt, uint256(reward.opensAt) + 1 days];
        for (uint256 i; i < times.length; ++i) {
            vm.warp(times[i]);
            bytes memory refusal = abi.encodeWithSelector(IRewards.RewardNotOpen.selector, id, reward.opensAt, end);
            expectRefused(alice, id, 1, 100, refusal);
        }
    }

    function test_RevertWhen_ARewardIsClosedByAStranger() public {
        uint32 id = addReward(coupon());
        expectUnauthorized(adjuster);
        catalogue.closeReward(id);
    }

    // redeem

    function test_RedeemingBurnsThePointsThatExpireFirst() public {
        uint32 id = addReward(coupon());
        give(alice, 150);
        warpToEpoch(4);
        give(alice, 200);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(alice, address(0), 300);
        vm.expectEmit(rewards);
        emit IRewards.Redeemed(1, alice, id, 3, 300, 0, NEVER);
        vm.expectEmit(address(vouchers));
        emit IERC1155.TransferSingle(rewards, address(0), alice, 1, 3);
        assertEq(redeem(alice, id, 3, 300), 1);

        assertEq(catalogue.redemptionCount(), 1);
        assertEq(token.balanceOf(alice), 50);
        assertEq(token.balanceOfAtEpoch(4, alice), 50);
        assertEq(vouchers.balanceOf(alice, 1), 3);
        Redemption memory redemption = catalogue.redemptionOf(1);
        assertEq(redemption.account, alice);
        assertEq(redemption.rewardId, id);
        assertEq(redemption.quantity, 3);
        assertEq(redemption.epoch, 4);
        assertEq(redemption.taken().lot(0), 150);
        assertEq(redemption.taken().lot(3), 150);
        assertEq(redemption.expiresAt, NEVER);
        assertTrue(vouchers.isLive(1));
    }

    function test_EachKindOfVoucher() public {
        give(alice, 1000);
        for (uint8 kind; kind < 4; ++kind) {
            Reward memory reward = coupon();
            (reward.kind, reward.soulbound, reward.stock) = (VoucherKind(kind), kind % 2 == 1, 5);
            uint256 id = redeem(alice, addReward(reward), 1, 100);
            assertTrue(vouchers.kindOf(id) == VoucherKind(kind));
            assertEq(vouchers.isSoulbound(id), kind % 2 == 1);
            assertEq(vouchers.numberOf(id), kind == 3 ? 1 : 0);
        }
    }

    function test_PiecesOfAnEditionAreNumbered() public {
        uint32 id = addReward(edition());
        give(alice, 1000);
        give(bob, 1000);
        for (uint32 number = 1; number <= 10; ++number) {
            address account = number % 3 == 0 ? bob : alice;
            uint256 redemptionId = catalogue.redemptionCount() + 1;
            vm.expectEmit(rewards);
            emit IRewards.Redeemed(redemptionId, account, id, 1, 100, number, NEVER);
            redeem(account, id, 1, 100);
            assertEq(vouchers.numberOf(redemptionId), number);
        }
        expectRefused(bob, id, 1, 100, abi.encodeWithSelector(IRewards.StockExceeded.selector, id, 0, 1));
    }

    function test_TheMemberChoosesThePointsInARange() public {
        Reward memory reward = coupon();
        reward.priceMax = 500;
        uint32 id = addReward(reward);
        give(alice, 2000);
        redeem(alice, id, 1, 100);
        redeem(alice, id, 1, 377);
        redeem(alice, id, 1, 500);
        assertEq(catalogue.redemptionOf(2).points(), 377);
        assertEq(token.balanceOf(alice), 1023);
        expectRefused(alice, id, 1, 99, priceDiffers(99, 100, 500));
        expectRefused(alice, id, 1, 501, priceDiffers(501, 100, 500));
        expectRefused(alice, id, 2, 200, abi.encodeWithSelector(IRewards.InvalidQuantity.selector, id, 2));
    }

    function test_ARewardMayCostNothing() public {
        Reward memory reward = coupon();
        (reward.priceMin, reward.priceMax) = (0, 0);
        uint32 id = addReward(reward);
        redeem(alice, id, 2, 0);
        assertEq(vouchers.balanceOf(alice, 1), 2);
        assertEq(catalogue.redemptionOf(1).epoch, 1);
        refund(1);
        assertEq(token.balanceOf(alice), 0);
        expectAlreadyRefunded(1);
    }

    function test_VouchersLastAsLongAsTheRewardSays() public {
        Reward memory reward = coupon();
        give(alice, 1000);
        uint40 day = uint40(block.timestamp);
        (reward.closesAt, reward.voucherExpiresAt, reward.validFor) = (day + 20 days, day + 30 days, 14 days);
        uint32 id = addReward(reward);
        assertEq(vouchers.expiryOf(redeem(alice, id, 1, 100)), day + 14 days);
        vm.warp(day + 16 days);
        assertEq(vouchers.expiryOf(redeem(alice, id, 1, 100)), day + 30 days);
        vm.warp(day + 20 days - 1);
        assertEq(vouchers.expiryOf(redeem(alice, id, 1, 100)), day + 30 days);
        reward.validFor = UNLIMITED;
        reward.closesAt = NEVER;
        reward.voucherExpiresAt = NEVER;
        changeReward(id, reward);
        assertEq(vouchers.expiryOf(redeem(alice, id, 1, 100)), NEVER);
        assertEq(vouchers.expiryOf(1), day + 14 days, "what was redeemed stays as it was");
    }

    function test_AHigherTierCanRedeem() public {
        Reward memory reward = coupon();
        reward.tierMin = 2;
        uint32 id = addReward(reward);
        give(alice, 999);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IRewards.TierTooLow.selector, alice, 0, 2));
        give(alice, 1);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IRewards.TierTooLow.selector, alice, 1, 2));
        give(alice, 4000);
        redeem(alice, id, 1, 100);
        give(alice, 15_000);
        redeem(alice, id, 1, 100);
        assertEq(token.tierOf(alice), 3);
    }

    function test_RevertWhen_TheRewardIsNotOpen() public {
        Reward memory reward = coupon();
        (reward.opensAt, reward.closesAt) = (EPOCH_START + 1 days, EPOCH_START + 2 days);
        uint32 id = addReward(reward);
        give(alice, 1000);
        bytes memory refusal =
            abi.encodeWithSelector(IRewards.RewardNotOpen.selector, id, reward.opensAt, reward.closesAt);
        vm.warp(reward.opensAt - 1);
        expectRefused(alice, id, 1, 100, refusal);
        vm.warp(reward.opensAt);
        redeem(alice, id, 1, 100);
        vm.warp(reward.closesAt - 1);
        redeem(alice, id, 1, 100);
        vm.warp(reward.closesAt);
        expectRefused(alice, id, 1, 100, refusal);
    }

    function test_RevertWhen_TheQuantityIsNotOffered() public {
        uint32 id = addReward(coupon());
        expectRefused(alice, id, 0, 0, abi.encodeWithSelector(IRewards.InvalidQuantity.selector, id, 0));
        Reward memory reward = edition();
        reward.priceMax = 100;
        id = addReward(reward);
        expectRefused(alice, id, 2, 200, abi.encodeWithSelector(IRewards.InvalidQuantity.selector, id, 2));
        expectRefused(alice, id, 0, 0, abi.encodeWithSelector(IRewards.InvalidQuantity.selector, id, 0));
    }

    function test_RevertWhen_ThePriceIsAnother() public {
        uint32 id = addReward(coupon());
        give(alice, 1000);
        expectRefused(alice, id, 2, 199, priceDiffers(199, 200, 200));
        expectRefused(alice, id, 2, 201, priceDiffers(201, 200, 200));
        expectRefused(alice, id, UNLIMITED, 0, priceDiffers(0, 100 * uint256(UNLIMITED), 100 * uint256(UNLIMITED)));
    }

    function test_RevertWhen_TheStockIsGone() public {
        Reward memory reward = coupon();
        reward.stock = 3;
        uint32 id = addReward(reward);
        give(alice, 1000);
        expectRefused(alice, id, 4, 400, abi.encodeWithSelector(IRewards.StockExceeded.selector, id, 3, 4));
        redeem(alice, id, 2, 200);
        expectRefused(alice, id, 2, 200, abi.encodeWithSelector(IRewards.StockExceeded.selector, id, 1, 2));
        redeem(alice, id, 1, 100);
        assertEq(catalogue.stockLeft(id), 0);
    }

    function test_RevertWhen_TheMemberHadTheirShare() public {
        Reward memory reward = coupon();
        reward.limitPerMember = 3;
        uint32 id = addReward(reward);
        give(alice, 1000);
        give(bob, 1000);
        redeem(alice, id, 2, 200);
        assertEq(catalogue.limitLeft(id, alice), 1);
        bytes memory refusal = abi.encodeWithSelector(IRewards.LimitExceeded.selector, id, alice, 1, 2);
        expectRefused(alice, id, 2, 200, refusal);
        redeem(alice, id, 1, 100);
        redeem(bob, id, 3, 300);
    }

    function test_RevertWhen_PointsAreTooFew() public {
        uint32 id = addReward(coupon());
        give(alice, 199);
        bytes memory refusal = abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 199, 200);
        expectRefused(alice, id, 2, 200, refusal);
    }

    function test_RevertWhen_TheAccountIsFrozenOrTheTokenPaused() public {
        uint32 id = addReward(coupon());
        give(alice, 1000);
        uint40 end = uint40(block.timestamp) + 1 days;
        vm.prank(guardian);
        token.freeze(alice, FreezeReason.SuspectedFraud, end);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IPointsToken.AccountIsFrozen.selector, alice, end));
        vm.prank(guardian);
        token.unfreeze(alice);
        redeem(alice, id, 1, 100);
        vm.prank(guardian);
        token.pause(end);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IPointsToken.Paused.selector, end));
        vm.prank(adjuster);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.Paused.selector, end));
        catalogue.refund(1, RefundReason.Mistake);
        vm.warp(end);
        refund(1);
    }

    function test_RedeemingGoesOnUntilTheProgramEnds() public {
        uint32 id = addReward(coupon());
        give(alice, 1000);
        uint40 end = uint40(block.timestamp) + rules.noticePeriod();
        vm.prank(owner);
        rules.announceEnd(end);
        redeem(alice, id, 1, 100);
        vm.warp(end - 1);
        redeem(alice, id, 1, 100);
        vm.warp(end);
        expectRefused(alice, id, 1, 100, abi.encodeWithSelector(IRewards.ProgramEnded.selector, end));
        refund(1);
        assertEq(token.balanceOf(alice), 900);
        use(alice, 2, 1);
    }

    // refund

    function test_ARefundRestoresTheLots() public {
        uint32 id = addReward(coupon());
        give(alice, 150);
        warpToEpoch(2);
        give(alice, 150);
        (uint256[4] memory before,) = token.lotsOf(alice);
        redeem(alice, id, 2, 200);
        vm.expectEmit(rewards);
        emit IRewards.Refunded(1, alice, 200, RefundReason.Unavailable);
        vm.expectEmit(address(vouchers));
        emit IERC1155.TransferSingle(rewards, alice, address(0), 1, 2);
        vm.expectEmit(address(token));
        emit IERC20.Transfer(address(0), alice, 200);
        vm.prank(adjuster);
        catalogue.refund(1, RefundReason.Unavailable);
        (uint256[4] memory restored,) = token.lotsOf(alice);
        assertEq(abi.encode(restored), abi.encode(before));
        assertFalse(vouchers.isLive(1));
        assertTrue(catalogue.redemptionOf(1).isRefunded());
        assertEq(catalogue.redemptionOf(1).points(), 200, "what was burned is still told");
    }

    function test_WhatExpiredMeanwhileComesBackAsNew() public {
        uint32 id = addReward(coupon());
        give(alice, 150);
        warpToEpoch(2);
        give(alice, 150);
        redeem(alice, id, 2, 200);
        warpToEpoch(5);
        assertEq(token.balanceOf(alice), 100);
        refund(1);
        assertEq(token.balanceOf(alice), 300);
        assertEq(token.balanceOfAtEpoch(5, alice), 150);
        assertEq(token.balanceOfAtEpoch(2, alice), 150);
    }

    function test_ARefundGivesStockAndLimitBack() public {
        Reward memory reward = coupon();
        (reward.stock, reward.limitPerMember) = (5, 3);
        uint32 id = addReward(reward);
        give(alice, 1000);
        redeem(alice, id, 1, 100);
        redeem(alice, id, 2, 200);
        refund(2);
        assertEq(catalogue.stockLeft(id), 4);
        assertEq(catalogue.limitLeft(id, alice), 2);
        redeem(alice, id, 2, 200);
    }

    function test_TheNumberOfARefundedPieceIsRetired() public {
        Reward memory reward = edition();
        (reward.stock, reward.limitPerMember) = (3, 1);
        uint32 id = addReward(reward);
        give(alice, 1000);
        give(bob, 1000);
        redeem(alice, id, 1, 100);
        refund(1);
        assertEq(catalogue.stockLeft(id), 2, "no number is beyond the edition's size");
        assertEq(catalogue.limitLeft(id, alice), 1);
        assertEq(vouchers.numberOf(redeem(alice, id, 1, 100)), 2);
        assertEq(vouchers.numberOf(redeem(bob, id, 1, 100)), 3);
        assertEq(vouchers.numberOf(1), 1);
    }

    function test_LimitsLiftedMeanwhileDoNotHinderARefund() public {
        Reward memory reward = coupon();
        (reward.stock, reward.limitPerMember) = (2, 2);
        uint32 id = addReward(reward);
        give(alice, 1000);
        redeem(alice, id, 1, 100);
        changeReward(id, coupon());
        redeem(alice, id, 5, 500);
        refund(2);
        refund(1);
        assertEq(token.balanceOf(alice), 1000);
        assertEq(catalogue.stockLeft(id), UNLIMITED);
        assertEq(catalogue.limitLeft(id, alice), UNLIMITED);
    }

    function test_ExpiredVouchersCanBeRefunded() public {
        Reward memory reward = coupon();
        reward.validFor = 1 days;
        uint32 id = addReward(reward);
        give(alice, 100);
        redeem(alice, id, 1, 100);
        vm.warp(block.timestamp + 2 days);
        assertFalse(vouchers.isLive(1));
        refund(1);
        assertEq(token.balanceOf(alice), 100);
    }

    function test_RevertWhen_RefundedByAStranger() public {
        uint32 id = addReward(coupon());
        give(alice, 100);
        redeem(alice, id, 1, 100);
        address[3] memory callers = [alice, operator, custodian];
        for (uint256 i; i < callers.length; ++i) {
            expectUnauthorized(callers[i]);
            catalogue.refund(1, RefundReason.Withdrawal);
        }
    }

    function test_RevertWhen_NothingWasRedeemed() public {
        uint256[2] memory ids = [uint256(0), 1];
        for (uint256 i; i < ids.length; ++i) {
            bytes memory unknown = abi.encodeWithSelector(IRewards.UnknownRedemption.selector, ids[i]);
            vm.expectRevert(unknown);
            refund(ids[i]);
            vm.expectRevert(unknown);
            catalogue.redemptionOf(ids[i]);
            vm.expectRevert(unknown);
            catalogue.voucherOf(ids[i]);
        }
    }

    function test_RevertWhen_RefundedTwice() public {
        uint32 id = addReward(coupon());
        give(alice, 200);
        redeem(alice, id, 1, 100);
        redeem(alice, id, 1, 100);
        refund(1);
        expectAlreadyRefunded(1);
        assertEq(token.balanceOf(alice), 100);
    }

    function test_RevertWhen_VouchersAreUsedOrGivenAway() public {
        uint32 id = addReward(coupon());
        Reward memory reward = coupon();
        reward.kind = VoucherKind.SeasonPass;
        uint32 passId = addReward(reward);
        give(alice, 1000);
        redeem(alice, id, 2, 200);
        redeem(alice, id, 2, 200);
        redeem(alice, passId, 1, 100);
        use(alice, 1, 1);
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, bob, 2, 1, "");
        use(alice, 3, 1);
        for (uint256 i = 1; i <= 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, alice, 1, 2, i));
            refund(i);
        }
        vm.expectRevert(abi.encodeWithSelector(IVouchers.PassUsed.selector, 3, 1));
        refund(3);

        vm.prank(bob);
        vouchers.safeTransferFrom(bob, alice, 2, 1, "");
        refund(2);
        assertEq(token.balanceOf(alice), 700);
    }

    // receivers

    function test_RevertWhen_TheReceiverRefuses() public {
        uint32 id = addReward(coupon());
        Schemer schemer = new Schemer();
        give(address(schemer), 200);
        schemer.plan(address(schemer), "");
        expectRefused(address(schemer), id, 1, 100, abi.encodeWithSelector(Schemer.Refused.selector, 1));
    }

    function test_RevertWhen_TheCallerIsNoReceiver() public {
        uint32 id = addReward(coupon());
        give(address(manager), 200);
        bytes memory refusal = abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(manager));
        expectRefused(address(manager), id, 1, 100, refusal);
    }

    function test_ARedemptionOnReceiptIsARedemptionLikeAnother() public {
        Reward memory reward = edition();
        (reward.stock, reward.limitPerMember) = (3, 2);
        uint32 id = addReward(reward);
        Schemer schemer = new Schemer();
        give(address(schemer), 250);
        schemer.plan(rewards, abi.encodeCall(catalogue.redeem, (id, 1, 120)));
        assertEq(redeem(address(schemer), id, 1, 100), 1);
        assertEq(catalogue.redemptionCount(), 2);
        assertEq(vouchers.numberOf(1), 1);
        assertEq(vouchers.numberOf(2), 2);
        assertEq(catalogue.redemptionOf(2).points(), 120);
        assertEq(token.balanceOf(address(schemer)), 30);
        assertEq(catalogue.stockLeft(id), 1);
        assertEq(catalogue.limitLeft(id, address(schemer)), 0);
    }

    function test_RevertWhen_ARedemptionOnReceiptPassesTheLimit() public {
        Reward memory reward = coupon();
        reward.limitPerMember = 1;
        uint32 id = addReward(reward);
        Schemer schemer = new Schemer();
        give(address(schemer), 1000);
        schemer.plan(rewards, abi.encodeCall(catalogue.redeem, (id, 1, 100)));
        bytes memory refusal = abi.encodeWithSelector(IRewards.LimitExceeded.selector, id, schemer, 0, 1);
        expectRefused(address(schemer), id, 1, 100, refusal);
    }

    function test_VouchersUsedOnReceiptAreNotRefunded() public {
        uint32 id = addReward(coupon());
        Schemer schemer = new Schemer();
        give(address(schemer), 100);
        schemer.plan(address(vouchers), abi.encodeCall(vouchers.use, (address(schemer), 1, 1, bytes32("now"))));
        redeem(address(schemer), id, 1, 100);
        assertEq(vouchers.balanceOf(address(schemer), 1), 0);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, schemer, 0, 1, 1));
        refund(1);
    }

    function test_VouchersGivenAwayOnReceiptAreNotRefunded() public {
        uint32 id = addReward(coupon());
        Schemer schemer = new Schemer();
        give(address(schemer), 100);
        schemer.plan(address(vouchers), abi.encodeCall(vouchers.safeTransferFrom, (address(schemer), bob, 1, 1, "")));
        redeem(address(schemer), id, 1, 100);
        assertEq(vouchers.balanceOf(bob, 1), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, schemer, 0, 1, 1));
        refund(1);
    }

    /// @dev Even an account that may refund gains nothing by doing so while it receives.
    function test_ARefundOnReceiptRestoresOnce() public {
        Reward memory reward = coupon();
        (reward.stock, reward.limitPerMember) = (2, 2);
        uint32 id = addReward(reward);
        Schemer schemer = new Schemer();
        vm.prank(owner);
        manager.grantRole(Roles.ADJUSTER, address(schemer), 0);
        give(address(schemer), 100);
        schemer.plan(rewards, abi.encodeCall(catalogue.refund, (1, RefundReason.Withdrawal)));
        redeem(address(schemer), id, 1, 100);
        assertEq(token.balanceOf(address(schemer)), 100);
        assertEq(vouchers.balanceOf(address(schemer), 1), 0);
        assertEq(catalogue.stockLeft(id), 2);
        assertEq(catalogue.limitLeft(id, address(schemer)), 2);
        expectAlreadyRefunded(1);
    }

    // fuzz

    /// @dev Whatever the lots and however long it takes, a refund gives back as many points as were burned, none of
    /// them with less life.
    function testFuzz_ARefundGivesBackWhatWasBurned(uint48[3] memory earned, uint48 price, uint256 later) public {
        for (uint256 i; i < 3; ++i) {
            warpToEpoch(1 + i);
            give(alice, 1 + earned[i] % 10_000);
        }
        uint256 balance = token.balanceOf(alice);
        Reward memory reward = coupon();
        reward.priceMin = reward.priceMax = uint48(bound(price, 0, balance));
        redeem(alice, addReward(reward), 1, reward.priceMin);
        assertEq(token.balanceOf(alice), balance - reward.priceMin);
        vm.warp(block.timestamp + bound(later, 0, 6 * EPOCH_LENGTH));
        uint256 left = token.balanceOf(alice);
        (uint256[4] memory lots,) = token.lotsOf(alice);
        refund(1);
        assertEq(token.balanceOf(alice), left + reward.priceMin);
        (uint256[4] memory restored,) = token.lotsOf(alice);
        for (uint256 age; age < 4; ++age) {
            assertGe(restored[age], lots[age]);
        }
    }

    function testFuzz_NobodyPaysAnotherPrice(uint48 priceMin, uint48 priceMax, uint32 quantity, uint256 points) public {
        Reward memory reward = coupon();
        (reward.priceMin, reward.priceMax) = (priceMin % 50, priceMin % 50 + priceMax % 3);
        uint32 id = addReward(reward);
        give(alice, 1000);
        (quantity, points) = (quantity % 4, points % 220);
        bool offered = reward.priceMin == reward.priceMax
            ? quantity > 0 && points == quantity * reward.priceMin
            : quantity == 1 && points >= reward.priceMin && points <= reward.priceMax;
        vm.prank(alice);
        (bool success,) = rewards.call(abi.encodeCall(catalogue.redeem, (id, quantity, points)));
        assertEq(success, offered);
        assertEq(token.balanceOf(alice), success ? 1000 - points : 1000);
        assertEq(vouchers.balanceOf(alice, 1), success ? quantity : 0);
    }

    function priceDiffers(uint256 points, uint256 pointsMin, uint256 pointsMax) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRewards.PriceDiffers.selector, points, pointsMin, pointsMax);
    }

    function expectRefused(address account, uint32 rewardId, uint32 quantity, uint256 points, bytes memory refusal)
        private
    {
        uint256 balance = token.balanceOf(account);
        uint256 count = catalogue.redemptionCount();
        vm.expectRevert(refusal);
        redeem(account, rewardId, quantity, points);
        assertEq(token.balanceOf(account), balance);
        assertEq(catalogue.redemptionCount(), count);
    }

    function expectAlreadyRefunded(uint256 redemptionId) private {
        vm.expectRevert(abi.encodeWithSelector(IRewards.AlreadyRefunded.selector, redemptionId));
        refund(redemptionId);
    }

    function expectUnauthorized(address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller));
    }
}
