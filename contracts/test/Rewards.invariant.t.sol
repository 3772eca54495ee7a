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

/// @notice Redeems, uses, gives away, refunds and waits, whether or not that is possible, and keeps its own account of
/// what was.
contract MembersHandler is Test {
    uint256 public constant MEMBERS = 4;

    IPointsToken public immutable token;
    IRewards public immutable rewards;
    IVouchers public immutable vouchers;
    address private immutable _operator;
    address private immutable _adjuster;
    address[] public members;

    /// @dev The redemption that was last redeemed, refunded, used or given away.
    uint256 public touched;
    uint256 public redeemedCount;
    uint256 public pieceCount;
    mapping(uint256 redemptionId => uint256) public paid;
    mapping(uint256 redemptionId => uint256) public restored;
    mapping(uint256 redemptionId => uint256) public refundCount;
    mapping(uint256 redemptionId => uint256) public consumed;
    mapping(uint32 rewardId => uint256) public gone;
    mapping(uint32 rewardId => mapping(address member => uint256)) public had;

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
            if (reward.kind == VoucherKind.LimitedEdition) assertEq(vouchers.numberOf(redemptionId), ++pieceCount);
            (touched, paid[redemptionId]) = (redemptionId, points);
            gone[rewardId] += quantity;
            had[rewardId][account] += quantity;
        } catch {
            assertEq(token.balanceOf(account), balance);
        }
    }

    function refund(uint256 redemptionId) external {
        if (redeemedCount == 0) return;
        touched = redemptionId = bound(redemptionId, 1, redeemedCount);
        Redemption memory redemption = rewards.redemptionOf(redemptionId);
        uint256 balance = token.balanceOf(redemption.account);
        vm.prank(_adjuster);
        try rewards.refund(redemptionId, RefundReason.Withdrawal) {
            ++refundCount[redemptionId];
            restored[redemptionId] += token.balanceOf(redemption.account) - balance;
            // A piece of an edition does not come back.
            if (redemption.number == 0) gone[redemption.rewardId] -= redemption.quantity;
            had[redemption.rewardId][redemption.account] -= redemption.quantity;
        } catch {
            assertEq(token.balanceOf(redemption.account), balance);
        }
    }

    function use(uint256 member, uint256 redemptionId, uint256 quantity) external {
        if (redeemedCount == 0) return;
        touched = redemptionId = bound(redemptionId, 1, redeemedCount);
        address account = members[member % MEMBERS];
        quantity = bound(quantity, 0, 2);
        vm.prank(account);
        try vouchers.use(account, redemptionId, quantity, bytes32(quantity)) {
            assertTrue(vouchers.isLive(redemptionId));
            if (vouchers.kindOf(redemptionId) != VoucherKind.SeasonPass) consumed[redemptionId] += quantity;
        } catch {}
    }

    function giveAway(uint256 from, uint256 to, uint256 redemptionId, uint256 quantity) external {
        if (redeemedCount == 0) return;
        touched = redemptionId = bound(redemptionId, 1, redeemedCount);
        address account = members[from % MEMBERS];
        vm.prank(account);
        try vouchers.safeTransferFrom(account, members[to % MEMBERS], redemptionId, 1 + quantity % 2, "") {
            assertFalse(vouchers.isSoulbound(redemptionId));
            assertTrue(vouchers.isLive(redemptionId));
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
        vm.warp(block.timestamp + (secondsPassed % 16 == 0 ? secondsPassed % 60 days : secondsPassed % 20 hours));
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

        handler = new MembersHandler(token, catalogue, vouchers, operator, adjuster);
        for (uint256 epoch = 1; epoch <= 3; ++epoch) {
            warpToEpoch(epoch);
            for (uint256 m; m < handler.MEMBERS(); ++m) {
                give(handler.members(m), 3000 + 101 * m);
            }
        }
        targetContract(address(handler));
    }

    function invariant_RewardsHold() public view {
        vouchersAreThoseNeitherUsedNorRefunded();
        aRefundGivesBackOnceWhatWasBurned();
        stockAndLimitsAreNeverExceeded();
    }

    function vouchersAreThoseNeitherUsedNorRefunded() private view {
        if (handler.touched() != 0) checkVouchers(handler.touched());
    }

    function aRefundGivesBackOnceWhatWasBurned() private view {
        if (handler.touched() != 0) checkPoints(handler.touched());
    }

    function stockAndLimitsAreNeverExceeded() private view {
        for (uint32 rewardId = 1; rewardId <= catalogue.rewardCount(); ++rewardId) {
            (Reward memory reward,) = catalogue.rewardOf(rewardId);
            if (reward.stock != UNLIMITED) {
                assertEq(handler.gone(rewardId) + catalogue.stockLeft(rewardId), reward.stock);
            }
            if (reward.limitPerMember == UNLIMITED) continue;
            for (uint256 m; m < handler.MEMBERS(); ++m) {
                address member = handler.members(m);
                assertEq(handler.had(rewardId, member) + catalogue.limitLeft(rewardId, member), reward.limitPerMember);
            }
        }
    }

    /// @dev Each action is checked above for the redemption that it was about; here, at the end of a run, all of them.
    function afterInvariant() public view {
        (uint256 open, uint256 paid, uint256 last) = (0, 0, 0);
        for (uint256 id = 1; id <= catalogue.redemptionCount(); ++id) {
            checkVouchers(id);
            checkPoints(id);
            Redemption memory redemption = catalogue.redemptionOf(id);
            if (!redemption.isRefunded()) open += redemption.points();
            paid += handler.paid(id) - handler.restored(id);
            if (redemption.kind == VoucherKind.LimitedEdition) assertEq(redemption.number, ++last);
        }
        assertEq(open, paid, "points burned are those of redemptions that are not refunded");
        assertLe(last, edition().stock);
        assertEq(catalogue.redemptionCount(), handler.redeemedCount());
    }

    function checkVouchers(uint256 id) private view {
        Redemption memory redemption = catalogue.redemptionOf(id);
        uint256 held;
        for (uint256 m; m < handler.MEMBERS(); ++m) {
            held += vouchers.balanceOf(handler.members(m), id);
        }
        assertEq(held, redemption.isRefunded() ? 0 : redemption.quantity - handler.consumed(id));
    }

    function checkPoints(uint256 id) private view {
        Redemption memory redemption = catalogue.redemptionOf(id);
        assertEq(redemption.points(), handler.paid(id));
        assertEq(handler.refundCount(id), redemption.isRefunded() ? 1 : 0);
        assertEq(handler.restored(id), redemption.isRefunded() ? handler.paid(id) : 0);
        if (redemption.isRefunded()) assertEq(handler.consumed(id) + vouchers.useCountOf(id), 0);
    }
}
