// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Why an award is clawed back.
enum ClawbackReason {
    Refund, // what earned it was returned or cancelled
    Mistake, // it was recorded by mistake
    Fraud // what earned it did not happen
}
