// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC7818} from "../interfaces/IERC7818.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {EPOCH_MAX, LIVE_EPOCHS} from "../types/AccountWord.sol";

/// @notice The calendar of a program: which epoch it is, and which have expired. See {IPointsToken}.
abstract contract EpochClock is IPointsToken {
    uint32 public constant EPOCH_LENGTH_MIN = 1 hours;

    uint40 public immutable epochStart;
    uint256 public immutable epochLength;
    uint16 public immutable tierPeriodEpochs;

    constructor(uint40 epochStart_, uint32 epochLength_, uint16 tierPeriodEpochs_) {
        if (epochLength_ < EPOCH_LENGTH_MIN) revert EpochTooShort(epochLength_, EPOCH_LENGTH_MIN);
        if (epochStart_ > block.timestamp) revert EpochStartInFuture(epochStart_, block.timestamp);
        if (tierPeriodEpochs_ == 0) revert EmptyTierPeriod();
        epochStart = epochStart_;
        epochLength = epochLength_;
        tierPeriodEpochs = tierPeriodEpochs_;
    }

    /// @inheritdoc IERC7818
    function epochType() external pure returns (EPOCH_TYPE) {
        return EPOCH_TYPE.TIME_BASED;
    }

    /// @inheritdoc IERC7818
    function validityDuration() external pure returns (uint256) {
        return LIVE_EPOCHS;
    }

    /// @inheritdoc IERC7818
    function isEpochExpired(uint256 epoch) public view returns (bool) {
        uint256 current = currentEpoch();
        return epoch < current && current - epoch >= LIVE_EPOCHS;
    }

    /// @inheritdoc IERC7818
    function currentEpoch() public view returns (uint256 epoch) {
        epoch = 1 + (block.timestamp - epochStart) / epochLength;
        if (epoch > EPOCH_MAX) epoch = EPOCH_MAX;
    }

    /// @dev The first epoch of the tier period of `epoch`.
    function _periodStart(uint256 epoch) internal view returns (uint256) {
        return epoch - (epoch - 1) % tierPeriodEpochs;
    }
}
