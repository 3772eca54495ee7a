// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EpochClock} from "./token/EpochClock.sol";
import {PointsLedger} from "./token/PointsLedger.sol";

/// @notice See {IPointsToken}.
contract PointsToken is PointsLedger {
    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        uint40 epochStart_,
        uint32 epochLength_,
        uint16 tierPeriodEpochs_,
        address minter_
    ) EpochClock(epochStart_, epochLength_, tierPeriodEpochs_) PointsLedger(name_, symbol_, decimals_, minter_) {}
}
