// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";
import {RefundReason} from "../src/types/RefundReason.sol";
import {Reward, RewardLibrary} from "../src/types/Reward.sol";
import {Roles} from "../src/types/Roles.sol";
import {VoucherKind} from "../src/types/VoucherKind.sol";
import {Deployed} from "./Deployed.sol";

/// @notice A program with rewards, and what tests of them do.
abstract contract Redeeming is Deployed {
    uint40 internal constant NEVER = RewardLibrary.NEVER;
    uint32 internal constant UNLIMITED = RewardLibrary.UNLIMITED;

    IRewards internal catalogue;
    IVouchers internal vouchers;

    function setUp() public virtual override {
        super.setUp();
        catalogue = IRewards(rewards);
        vouchers = IVouchers(
            create("Vouchers", abi.encode(manager, rewards, "Vouchers", "ipfs://{id}.json", "ipfs://vouchers"))
        );
        // The token was told this address.
        deployCodeTo("Rewards.sol:Rewards", abi.encode(manager, token, vouchers), rewards);

        vm.startPrank(owner);
        allow(rewards, catalogue.addReward.selector, Roles.OPERATOR);
        allow(rewards, catalogue.changeReward.selector, Roles.OPERATOR);
        allow(rewards, catalogue.closeReward.selector, Roles.OPERATOR);
        allow(rewards, catalogue.refund.selector, Roles.ADJUSTER);
        vm.stopPrank();
    }

    /// @dev For 100 points, to everyone, without end or limit.
    function coupon() internal pure returns (Reward memory) {
        return Reward({
            kind: VoucherKind.Coupon,
            soulbound: false,
            tierMin: 0,
            priceMin: 100,
            priceMax: 100,
            stock: UNLIMITED,
            limitPerMember: UNLIMITED,
            opensAt: EPOCH_START,
            closesAt: NEVER,
            voucherExpiresAt: NEVER,
            validFor: UNLIMITED,
            termsHash: keccak256("coupon")
        });
    }

    /// @dev Ten pieces for 100 points or as many more, up to 500, as the member gives.
    function edition() internal pure returns (Reward memory reward) {
        reward = coupon();
        (reward.kind, reward.priceMax, reward.stock) = (VoucherKind.LimitedEdition, 500, 10);
    }

    function addReward(Reward memory reward) internal returns (uint32 rewardId) {
        vm.prank(operator);
        return catalogue.addReward(reward);
    }

    function changeReward(uint32 rewardId, Reward memory reward) internal returns (uint32 version) {
        vm.prank(operator);
        return catalogue.changeReward(rewardId, reward);
    }

    function redeem(address account, uint32 rewardId, uint32 quantity, uint256 points)
        internal
        returns (uint256 redemptionId)
    {
        vm.prank(account);
        return catalogue.redeem(rewardId, quantity, points);
    }

    function refund(uint256 redemptionId) internal {
        vm.prank(adjuster);
        catalogue.refund(redemptionId, RefundReason.Withdrawal);
    }

    function use(address account, uint256 id, uint256 quantity) internal {
        vm.prank(account);
        vouchers.use(account, id, quantity, keccak256("visit 42"));
    }
}
