// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEarningRules} from "./interfaces/IEarningRules.sol";
import {IPointsToken} from "./interfaces/IPointsToken.sol";
import {IRewards} from "./interfaces/IRewards.sol";
import {IVouchers} from "./interfaces/IVouchers.sol";
import {AccountWord, LIVE_EPOCHS} from "./types/AccountWord.sol";
import {Redemption} from "./types/Redemption.sol";
import {RefundReason} from "./types/RefundReason.sol";
import {Reward, RewardLibrary} from "./types/Reward.sol";
import {VoucherKind} from "./types/VoucherKind.sol";

/// @notice See {IRewards}.
contract Rewards is IRewards, AccessManaged {
    /// @param redeemed    out of the stock, counted where that is limited; of a limited edition, refunded ones too
    /// @param redeemedBy  counted where there is a limit
    /// @dev Both are well kept over changes: a stock or limit that is lifted never comes back, since that would be worse.
    struct Listing {
        Reward reward;
        uint32 version;
        uint32 redeemed;
        mapping(address account => uint32) redeemedBy;
    }

    address public immutable token;
    address public immutable vouchers;
    IEarningRules private immutable _rules;

    uint32 public rewardCount;
    uint256 public redemptionCount;
    mapping(uint32 rewardId => Listing) private _listings;
    mapping(uint256 redemptionId => Redemption) private _redemptions;

    /// @dev Token and vouchers come first and have been told this contract's address.
    constructor(address authority_, address token_, address vouchers_) AccessManaged(authority_) {
        address redeemer = IPointsToken(token_).redeemer();
        if (redeemer != address(this)) revert ForeignToken(token_, redeemer);
        address minter = IVouchers(vouchers_).rewards();
        if (minter != address(this)) revert ForeignVouchers(vouchers_, minter);
        token = token_;
        vouchers = vouchers_;
        _rules = IEarningRules(IPointsToken(token_).minter());
    }

    /// @inheritdoc IRewards
    function addReward(Reward calldata reward) external restricted returns (uint32 rewardId) {
        reward.check();
        rewardId = ++rewardCount;
        _set(rewardId, _listings[rewardId], reward);
    }

    /// @inheritdoc IRewards
    function changeReward(uint32 rewardId, Reward calldata reward) external restricted returns (uint32 version) {
        Listing storage listing = _existing(rewardId);
        reward.check();
        Reward memory current = listing.reward;
        if (current.isWorse(reward)) revert WorseReward(rewardId);
        return _set(rewardId, listing, reward);
    }

    /// @inheritdoc IRewards
    function closeReward(uint32 rewardId) external restricted returns (uint40 closesAt) {
        Listing storage listing = _existing(rewardId);
        Reward memory reward = listing.reward;
        closesAt = uint40(block.timestamp + _rules.noticePeriod());
        if (reward.closesAt <= closesAt) revert AlreadyClosing(rewardId, reward.closesAt);
        reward.closesAt = closesAt;
        _set(rewardId, listing, reward);
    }

    /// @inheritdoc IRewards
    function redeem(uint32 rewardId, uint32 quantity, uint256 points) external returns (uint256 redemptionId) {
        Listing storage listing = _existing(rewardId);
        Reward storage reward = listing.reward;
        _checkOffer(rewardId, reward, quantity, points);
        uint32 redeemed = _countStock(rewardId, listing, quantity);
        _countLimit(rewardId, listing, quantity);
        redemptionId = ++redemptionCount;

        bool isEdition = reward.kind == VoucherKind.LimitedEdition
        // What is stored is known only after the call. `burn` calls nobody, so there is no way back in before it is stored.
        AccountWord taken = IPointsToken(token).burn(msg.sender, points, LIVE_EPOCHS - 1);
    }
}
