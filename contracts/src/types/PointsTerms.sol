// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TransferPolicy} from "./TransferPolicy.sol";

/// @notice What a token of points is created with.
/// @param name              of at most 31 bytes, to be what is signed; a token of a longer name signs under its symbol
/// @param decimals          of what is shown; all amounts are in base units
/// @param epochStart        first second of epoch 1, not in the future
/// @param epochLength       seconds of an epoch, at least one hour
/// @param pointsExpire      whether points end with the third epoch after the one in which they were earned, or never
/// @param tierPeriodEpochs  epochs of a tier period, at least 1
/// @param tierThresholds    points of a tier period that lead to tiers 1, 2 and 3, rising; from a 0 on there are no tiers
/// @param transferPolicy    the first one; it can only be opened
/// @param contractURI       ERC-7572 metadata
struct PointsTerms {
    string name;
    string symbol;
    uint8 decimals;
    uint40 epochStart;
    uint32 epochLength;
    bool pointsExpire;
    uint16 tierPeriodEpochs;
    uint48[3] tierThresholds;
    TransferPolicy transferPolicy;
    string contractURI;
}
