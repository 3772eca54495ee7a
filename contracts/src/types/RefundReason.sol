// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Why a redemption was refunded.
enum RefundReason {
    Withdrawal, // the member changed their mind
    Unavailable, // what the voucher promises cannot be given
    Mistake // it was redeemed, priced or described in error
}
