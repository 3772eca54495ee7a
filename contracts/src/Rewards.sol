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
    /// @param redeemed    out of the stock and not refunded; of a limited edition, refunded pieces too
    /// @param redeemedBy  by each account and not refunded
    /// @dev Both are counted where there is a limit only. One that is lifted never comes back, since that would be
    /// worse for members.
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
        uint32 number = reward.kind == VoucherKind.LimitedEdition ? redeemed : 0;
        uint40 expiresAt = _expiryOf(reward);
        // What is stored is known only after the call. `burn` calls nobody: there is no way back in before it is stored.
        AccountWord taken = IPointsToken(token).burn(msg.sender, points, LIVE_EPOCHS - 1);
        _redemptions[redemptionId] = Redemption({
            account: msg.sender,
            rewardId: rewardId,
            quantity: quantity,
            number: number,
            lots: uint184(AccountWord.unwrap(taken)),
            epoch: uint16(taken.epoch()),
            expiresAt: expiresAt,
            kind: reward.kind,
            soulbound: reward.soulbound
        });
        emit Redeemed(redemptionId, msg.sender, rewardId, quantity, points, number, expiresAt);
        IVouchers(vouchers).mint(msg.sender, redemptionId, quantity);
    }

    /// @inheritdoc IRewards
    function refund(uint256 redemptionId, RefundReason reason) external restricted {
        Redemption memory redemption = redemptionOf(redemptionId);
        if (redemption.isRefunded()) revert AlreadyRefunded(redemptionId);
        _redemptions[redemptionId].epoch = 0;
        Listing storage listing = _listings[redemption.rewardId];
        if (listing.reward.stock != RewardLibrary.UNLIMITED && redemption.kind != VoucherKind.LimitedEdition) {
            listing.redeemed -= redemption.quantity;
        }
        if (listing.reward.limitPerMember != RewardLibrary.UNLIMITED) {
            listing.redeemedBy[redemption.account] -= redemption.quantity;
        }
        emit Refunded(redemptionId, redemption.account, redemption.points(), reason);
        IVouchers(vouchers).burn(redemption.account, redemptionId, redemption.quantity);
        IPointsToken(token).restore(redemption.account, redemption.taken());
    }

    /// @inheritdoc IRewards
    function rewardOf(uint32 rewardId) external view returns (Reward memory reward, uint32 version) {
        Listing storage listing = _existing(rewardId);
        return (listing.reward, listing.version);
    }

    /// @inheritdoc IRewards
    function stockLeft(uint32 rewardId) external view returns (uint32) {
        Listing storage listing = _existing(rewardId);
        uint32 stock = listing.reward.stock;
        return stock == RewardLibrary.UNLIMITED ? stock : stock - listing.redeemed;
    }

    /// @inheritdoc IRewards
    function limitLeft(uint32 rewardId, address account) external view returns (uint32) {
        Listing storage listing = _existing(rewardId);
        uint32 limit = listing.reward.limitPerMember;
        return limit == RewardLibrary.UNLIMITED ? limit : limit - listing.redeemedBy[account];
    }

    /// @inheritdoc IRewards
    function redemptionOf(uint256 redemptionId) public view returns (Redemption memory redemption) {
        redemption = _redemptions[redemptionId];
        if (redemption.account == address(0)) revert UnknownRedemption(redemptionId);
    }

    /// @inheritdoc IRewards
    function voucherOf(uint256 redemptionId)
        external
        view
        returns (VoucherKind kind, bool soulbound, uint40 expiresAt)
    {
        Redemption storage redemption = _redemptions[redemptionId];
        expiresAt = redemption.expiresAt;
        // No voucher expires at second 0. The first word, which has the account, need not be read.
        if (expiresAt == 0) revert UnknownRedemption(redemptionId);
        return (redemption.kind, redemption.soulbound, expiresAt);
    }

    function _set(uint32 rewardId, Listing storage listing, Reward memory reward) private returns (uint32 version) {
        version = ++listing.version;
        listing.reward = reward;
        emit RewardSet(rewardId, version, reward);
    }

    /// @dev Whether the caller can have the quantity now for these points, stock and limit apart.
    function _checkOffer(uint32 rewardId, Reward storage reward, uint256 quantity, uint256 points) private view {
        if (_rules.hasEnded()) revert ProgramEnded(_rules.endsAt());
        (uint40 opensAt, uint40 closesAt) = (reward.opensAt, reward.closesAt);
        if (block.timestamp < opensAt || block.timestamp >= closesAt) {
            revert RewardNotOpen(rewardId, opensAt, closesAt);
        }
        (uint256 priceMin, uint256 priceMax) = (reward.priceMin, reward.priceMax);
        bool single = priceMin != priceMax || reward.kind == VoucherKind.LimitedEdition;
        if (quantity == 0 || (single && quantity != 1)) revert InvalidQuantity(rewardId, uint32(quantity));
        (uint256 pointsMin, uint256 pointsMax) = (priceMin * quantity, priceMax * quantity);
        if (points < pointsMin || points > pointsMax) revert PriceDiffers(points, pointsMin, pointsMax);
        uint256 tierMin = reward.tierMin;
        if (tierMin == 0) return;
        uint256 tier = IPointsToken(token).tierOf(msg.sender);
        if (tier < tierMin) revert TierTooLow(msg.sender, tier, tierMin);
    }

    function _countStock(uint32 rewardId, Listing storage listing, uint32 quantity) private returns (uint32 redeemed) {
        uint32 stock = listing.reward.stock;
        if (stock == RewardLibrary.UNLIMITED) return 0;
        redeemed = listing.redeemed;
        if (quantity > stock - redeemed) revert StockExceeded(rewardId, stock - redeemed, quantity);
        redeemed += quantity;
        listing.redeemed = redeemed;
    }

    function _countLimit(uint32 rewardId, Listing storage listing, uint32 quantity) private {
        uint32 limit = listing.reward.limitPerMember;
        if (limit == RewardLibrary.UNLIMITED) return;
        uint32 redeemed = listing.redeemedBy[msg.sender];
        if (quantity > limit - redeemed) revert LimitExceeded(rewardId, msg.sender, limit - redeemed, quantity);
        listing.redeemedBy[msg.sender] = redeemed + quantity;
    }

    function _expiryOf(Reward storage reward) private view returns (uint40 expiresAt) {
        uint32 validFor = reward.validFor;
        expiresAt = reward.voucherExpiresAt;
        if (validFor == RewardLibrary.UNLIMITED) return expiresAt;
        return uint40(Math.min(expiresAt, block.timestamp + validFor));
    }

    function _existing(uint32 rewardId) private view returns (Listing storage listing) {
        listing = _listings[rewardId];
        // Every reward closes after second 0, so that what tells whether it is open tells whether it exists.
        if (listing.reward.closesAt == 0) revert UnknownReward(rewardId);
    }
}
