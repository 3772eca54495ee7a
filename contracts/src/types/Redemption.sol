// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountWord} from "./AccountWord.sol";
import {VoucherKind} from "./VoucherKind.sol";

/// @notice Points that were burned for vouchers, in two storage words; the second is all that a voucher's transfer or
/// use reads.
/// @param account    who redeemed
/// @param rewardId   what for
/// @param quantity   vouchers of the redemption
/// @param number     of the piece in its edition, from 1; 0 for all but limited editions
/// @param lots       the points burned, by age as in AccountWord, as of `epoch`
/// @param epoch      in which they were burned; 0 once they were refunded
/// @param expiresAt  first second in which the vouchers are worth nothing; type(uint40).max for never
/// @param kind       of the vouchers
/// @param soulbound  whether the vouchers stay with the account
struct Redemption {
    address account;
    uint32 rewardId;
    uint32 quantity;
    uint32 number;
    uint184 lots;
    uint16 epoch;
    uint40 expiresAt;
    VoucherKind kind;
    bool soulbound;
}

using RedemptionLibrary for Redemption global;

library RedemptionLibrary {
    function isRefunded(Redemption memory redemption) internal pure returns (bool) {
        return redemption.epoch == 0;
    }

    /// @dev The lots as the token's `burn` told them and its `restore` takes them.
    function taken(Redemption memory redemption) internal pure returns (AccountWord) {
        return AccountWord.wrap((uint256(redemption.epoch) << 240) | redemption.lots);
    }

    /// @dev The points that were burned, whether or not they were refunded.
    function points(Redemption memory redemption) internal pure returns (uint256) {
        return AccountWord.wrap(redemption.lots).points();
    }
}
