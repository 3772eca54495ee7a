// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What a voucher is, hence what using it does.
enum VoucherKind {
    Coupon, // using it consumes it
    SeasonPass, // using it is logged, and it stays
    Invitation, // to an event; using it consumes it
    LimitedEdition // numbered, to keep; it cannot be used
}
