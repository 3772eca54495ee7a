// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";
import {Redemption} from "../src/types/Redemption.sol";
import {RefundReason} from "../src/types/RefundReason.sol";
import {Reward} from "../src/types/Reward.sol";
import {VoucherKind} from "../src/types/VoucherKind.sol";
import {Redeeming} from "./Redeeming.sol";

/// @notice Redeems, uses, gives away, refunds and waits, whether or not that is possible, and keeps its own account of what was.
contract MembersHandler is Test {
    uint256 public constant MEMBERS = 4;

    IPointsToken public immutable token;
    IRewards public immutable rewards;
    IVouchers public immutable vouchers;
    address private immutable _operator;
    address private immutable _adjuster;
    address[] public members;

    uint256 public redeemedCount;
    uint256 public burned;
    uint256 public restored;
    mapping(uint256 redemptionId => uint256) public consumed;
    mapping(uint256 redemptionId => uint256) public refunds;

    constructor(IPointsToken token_, IRewards rewards_, IVouchers vouchers_, address operator, address adjuster) {
        (token, rewards, vouchers, _operator, _adjuster) = (token_, rewards_, vouchers_, operator, adjuster);
        for (uint160 i = 1; i <= MEMBERS; ++i) {
            members.push(address(0xa11ce0000 + i));
        }
    }

    /// @dev Mostly at its price; a refusal must leave the points where they were.
    function redeem(uint256 member, uint32 rewardId, uint32 quantity, uint256 points) external {
        address account = members[member % MEMBERS];
        rewardId = uint32(1 + rewardId % rewards.rewardCount());
        (Reward memory reward,) = rewards.rewardOf(rewardId);
        quantity = uint32(bound(quantity, 1, 3));
        if (points % 8 != 0) points = bound(points, reward.priceMin, reward.priceMax) * quantity;
        else points %= 1000;
        uint256 balance = token.balanceOf(account);
        vm.prank(account);
        try rewards.redeem(rewardId, quantity, points) returns (uint256 redemptionId) {
            assertEq(redemptionId, ++redeemedCount);
            assertEq(token.balanceOf(account), balance - points);
            burned += points;
        } catch {
            assertEq(token.balanceOf(account), balance);
        }
    }

    function refund(uint256 redemptionId) external {
        if (redeemedCount == 0) return;
        redemptionId = bound(redemptionId, 1, redeemedCount);
        address account = rewards.redemptionOf(redemptionId).account;
        uint256 balance = token.balanceOf(account);
        vm.prank(_adjuster);
        try rewards.refund(redemptionId, RefundReason.Withdrawal) {
            ++refunds[redemptionId];
            restored += token.balanceOf(account) - balance;
        } catch {
            assertEq(token.balanceOf(account), balance);
        }
    }

    function use(uint256 member, uint256 redemptionId, uint256 quantity) external {
        if (redeemedCount == 0) return;
        redemptionId = bound(redemptionId, 1, redeemedCount);
        address account = members[member % MEMBERS];
        quantity = bound(quantity, 0, 2);
        vm.prank(account);
        try vouchers.use(account, redemptionId, quantity, bytes32(quantity)) {
            assertLt(block.timestamp, vouchers.expiryOf(redemptionId));
            if (vouchers.kindOf(redemptionId) != VoucherKind.SeasonPass) consumed[redemptionId] += quantity;
        } catch {}
    }

    function giveAway(uint256 from, uint256 to, uint256 redemptionId, uint256 quantity) external {
        if (redeemedCount == 0) return;
        redemptionId = bound(redemptionId, 1, redeemedCount);
        address account = members[from % MEMBERS];
        vm.prank(account);
        try vouchers.safeTransferFrom(account, members[to % MEMBERS], redemptionId, 1 + quantity % 2, "") {
            assertFalse(vouchers.isSoulbound(redemptionId));
            assertLt(block.timestamp, vouchers.expiryOf(redemptionId));
        } catch {}
    }

    /// @dev More stock, a higher limit, a lower price.
    function better(uint32 rewardId) external {
        rewardId = uint32(1 + rewardId % rewards.rewardCount());
        (Reward memory reward,) = rewards.rewardOf(rewardId);
        if (reward.kind != VoucherKind.LimitedEdition && reward.stock < 100) ++reward.stock;
        if (reward.limitPerMember < 100) ++reward.limitPerMember;
        if (reward.priceMin > 50) --reward.priceMin;
        if (reward.priceMax == reward.priceMin + 1) reward.priceMax = reward.priceMin;
        vm.prank(_operator);
        rewards.changeReward(rewardId, reward);
    }

    function wait(uint256 secondsPassed) external {
        // Mostly hours; now and then weeks, in which points and vouchers expire.
        vm.warp(block.timestamp + (secondsPassed % 4 == 0 ? secondsPassed % 60 days : secondsPassed % 20 hours));
    }
}

contract RewardsInvariantTest is Redeeming {
    MembersHandler private handler;

    function setUp() public override {
        super.setUp();
        Reward memory reward = coupon();
        (reward.stock, reward.limitPerMember, reward.validFor) = (12, 4, 20 days);
        addReward(reward);
        reward.kind = VoucherKind.Invitation;
        (reward.priceMin, reward.priceMax, reward.stock, reward.limitPerMember) = (0, 0, 4, 1);
        addReward(reward);
        reward = coupon();
        (reward.kind, reward.soulbound) = (VoucherKind.SeasonPass, true);
        addReward(reward);
        reward = edition();
        reward.limitPerMember = 3;
        addReward(reward);

        handler = new MembersHandler(token, rewards, vouchers, operator, adjuster);
        for (uint256 epoch = 1; epoch <= 3; ++epoch) {
            warpToEpoch(epoch);
            for (uint256 m; m < handler.MEMBERS(); ++m) {
                give(handler.members(m), 3000 + 101 * m);
            }
        }
        targetContract(address(handler));
    }

    function invariant_VouchersAreWhatWasRedeemedAndNotUsedOrRefunded() public view {
        for (uint256 id = 1; id <= rewards.redemptionCount(); ++id) {
            Redemption memory redemption = rewards.redemptionOf(id);
            uint256 held;
            for (uint256 m; m < handler.MEMBERS(); ++m) {
                held += vouchers.balanceOf(handler.members(m), id);
            }
            assertEq(held, redemption.isRefunded() ? 0 : redemption.quantity - handler.consumed(id));
        }
    }

    function invariant_StockAndLimitsAreNeverExceeded() public view {
        for (uint32 rewardId = 1; rewardId <= rewards.rewardCount(); ++rewardId) {
            (Reward memory reward,) = rewards.rewardOf(rewardId);
            uint256 redeemed;
            for (uint256 m; m < handler.MEMBERS(); ++m) {
                address member = handler.members(m);
                (uint256 had, uint256 retired) = redeemedBy(member, rewardId);
                redeemed += had + retired;
                if (reward.limitPerMember == UNLIMITED) continue;
                assertEq(had + rewards.limitLeft(rewardId, member), reward.limitPerMember);
            }
            if (reward.stock != UNLIMITED) assertEq(redeemed + rewards.stockLeft(rewardId), reward.stock);
        }
    }

    function invariant_PointsBurnedAreThoseOfOpenRedemptions() public view {
        uint256 open;
        for (uint256 id = 1; id <= rewards.redemptionCount(); ++id) {
            Redemption memory redemption = rewards.redemptionOf(id);
            if (!redemption.isRefunded()) open += redemption.points();
        }
        assertEq(handler.burned() - handler.restored(), open);
    }

    function invariant_NoRedemptionIsRefundedTwiceOrAfterUse() public view {
        for (uint256 id = 1; id <= rewards.redemptionCount(); ++id) {
            assertEq(handler.refunds(id), rewards.redemptionOf(id).isRefunded() ? 1 : 0);
            if (handler.refunds(id) == 1) assertEq(handler.consumed(id) + vouchers.useCountOf(id), 0);
        }
    }

    function invariant_NumbersOfAnEditionRiseWithoutGapToItsSize() public view {
        uint256 last;
        for (uint256 id = 1; id <= rewards.redemptionCount(); ++id) {
            if (vouchers.kindOf(id) == VoucherKind.LimitedEdition) assertEq(vouchers.numberOf(id), ++last);
            else assertEq(vouchers.numberOf(id), 0);
        }
        assertLe(last, 10);
    }

    /// @return had      vouchers redeemed and not refunded
    /// @return retired  pieces of an edition that were refunded
    function redeemedBy(address member, uint32 rewardId) private view returns (uint256 had, uint256 retired) {
        for (uint256 id = 1; id <= rewards.redemptionCount(); ++id) {
            Redemption memory redemption = rewards.redemptionOf(id);
            if (redemption.account != member || redemption.rewardId != rewardId) continue;
            if (!redemption.isRefunded()) had += redemption.quantity;
            else if (redemption.kind == VoucherKind.LimitedEdition) retired += 1;
        }
    }
}
