// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Why an account is frozen.
enum FreezeReason {
    MemberRequest, // the member asked for it: a lost phone, a stolen key
    SuspectedFraud, // until it is looked into
    LegalOrder // of a court or an authority
}
