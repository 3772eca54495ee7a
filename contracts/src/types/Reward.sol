// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {VoucherKind} from "./VoucherKind.sol";

/// @notice What members can have for their points, and on what conditions. The largest value of a type stands for
/// "without end" or "without limit", so that more is better for members in every field that has a limit.
/// @param kind              of the vouchers
/// @param soulbound         whether the vouchers stay with the account that redeems
/// @param tierMin           lowest tier that can redeem, 0 for everyone
/// @param priceMin          points for one voucher
/// @param priceMax          the same, or more where the member chooses how many points the one voucher is for
/// @param stock             vouchers that can be redeemed in all; of a limited edition, its size
/// @param limitPerMember    vouchers that one account can redeem in all
/// @param opensAt           first second in which it can be redeemed
/// @param closesAt          first second in which it no longer can
/// @param voucherExpiresAt  first second in which its vouchers are worth nothing, never before `closesAt`
/// @param validFor          seconds after its redemption in which a voucher is worth nothing, if that is sooner
/// @param termsHash         hash of the document that states the terms to members
struct Reward {
    VoucherKind kind;
    bool soulbound;
    uint8 tierMin;
    uint48 priceMin;
    uint48 priceMax;
    uint32 stock;
    uint32 limitPerMember;
    uint40 opensAt;
    uint40 closesAt;
    uint40 voucherExpiresAt;
    uint32 validFor;
    bytes32 termsHash;
}

using RewardLibrary for Reward global;

library RewardLibrary {
    uint8 internal constant TIER_MAX = 3;
    /// @dev For `stock`, `limitPerMember` and `validFor`.
    uint32 internal constant UNLIMITED = type(uint32).max;
    /// @dev For `closesAt` and `voucherExpiresAt`.
    uint40 internal constant NEVER = type(uint40).max;

    error InvalidPrice(uint48 priceMin, uint48 priceMax);
    error InvalidTier(uint8 tierMin);
    error InvalidStock(VoucherKind kind, uint32 stock);
    error InvalidLimit(uint32 limitPerMember);
    error InvalidWindow(uint40 opensAt, uint40 closesAt);
    error InvalidValidity(uint40 closesAt, uint40 voucherExpiresAt, uint32 validFor);

    /// @dev No limit is 0, which elsewhere often means none. No voucher is expired when it is redeemed.
    function check(Reward memory reward) internal pure {
        if (reward.priceMin > reward.priceMax) revert InvalidPrice(reward.priceMin, reward.priceMax);
        if (reward.tierMin > TIER_MAX) revert InvalidTier(reward.tierMin);
        if (reward.stock == 0 || (reward.kind == VoucherKind.LimitedEdition && reward.stock == UNLIMITED)) {
            revert InvalidStock(reward.kind, reward.stock);
        }
        if (reward.limitPerMember == 0) revert InvalidLimit(reward.limitPerMember);
        if (reward.closesAt <= reward.opensAt) revert InvalidWindow(reward.opensAt, reward.closesAt);
        if (reward.voucherExpiresAt < reward.closesAt || reward.validFor == 0) {
            revert InvalidValidity(reward.closesAt, reward.voucherExpiresAt, reward.validFor);
        }
    }

    /// @dev Whether anyone could get less, later, for more, or something else under `next`. What cannot be compared
    /// counts as worse: another kind or document, a change between bound and transferable vouchers, and one between a
    /// fixed price and a chosen one. So does a larger edition, to those who hold a piece of the smaller one.
    function isWorse(Reward memory current, Reward memory next) internal pure returns (bool) {
        return next.kind != current.kind || next.soulbound != current.soulbound || next.termsHash != current.termsHash
            || next.hasChosenPrice() != current.hasChosenPrice() || next.priceMin > current.priceMin
            || (next.hasChosenPrice() && next.priceMax < current.priceMax) || next.tierMin > current.tierMin
            || next.stock < current.stock || (next.kind == VoucherKind.LimitedEdition && next.stock != current.stock)
            || next.limitPerMember < current.limitPerMember || next.opensAt > current.opensAt
            || next.closesAt < current.closesAt || next.voucherExpiresAt < current.voucherExpiresAt
            || next.validFor < current.validFor;
    }

    /// @dev Whether the member chooses the points.
    function hasChosenPrice(Reward memory reward) internal pure returns (bool) {
        return reward.priceMin != reward.priceMax;
    }
}
