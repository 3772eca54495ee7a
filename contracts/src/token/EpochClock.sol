// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC7818} from "../interfaces/IERC7818.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {EPOCH_MAX, LIVE_EPOCHS, LOT_BITS} from "../types/AccountWord.sol";
import {PointsTerms} from "../types/PointsTerms.sol";

/// @notice The calendar of a program: which epoch it is, and which have expired. See {IPointsToken}.
abstract contract EpochClock is IPointsToken {
    uint32 public constant EPOCH_LENGTH_MIN = 1 hours;

    uint40 public immutable epochStart;
    uint256 public immutable epochLength;
    uint16 public immutable tierPeriodEpochs;

    /// @dev By how much an epoch ages a word; see AccountWord.
    uint256 internal immutable _agingBits;

    constructor(PointsTerms memory terms) {
        if (terms.epochLength < EPOCH_LENGTH_MIN) revert EpochTooShort(terms.epochLength, EPOCH_LENGTH_MIN);
        if (terms.epochStart > block.timestamp) revert EpochStartInFuture(terms.epochStart, block.timestamp);
        if (terms.tierPeriodEpochs == 0) revert EmptyTierPeriod();
        epochStart = terms.epochStart;
        epochLength = terms.epochLength;
        tierPeriodEpochs = terms.tierPeriodEpochs;
        _agingBits = terms.pointsExpire ? LOT_BITS : 0;
    }

    /// @inheritdoc IPointsToken
    function pointsExpire() public view returns (bool) {
        return _agingBits != 0;
    }

    /// @inheritdoc IERC7818
    function epochType() external pure returns (EPOCH_TYPE) {
        return EPOCH_TYPE.TIME_BASED;
    }

    /// @inheritdoc IERC7818
    function validityDuration() external view returns (uint256) {
        return pointsExpire() ? LIVE_EPOCHS : type(uint256).max;
    }

    /// @inheritdoc IERC7818
    function isEpochExpired(uint256 epoch) public view returns (bool) {
        uint256 current = currentEpoch();
        return pointsExpire() && epoch < current && current - epoch >= LIVE_EPOCHS;
    }

    /// @inheritdoc IPointsToken
    function expiryOf(uint256 age) external view returns (uint256) {
        if (age >= LIVE_EPOCHS) revert NoSuchAge(age);
        uint256 expiredIn = currentEpoch() + LIVE_EPOCHS - age;
        // The last epoch has no end, so an epoch after it never comes.
        if (!pointsExpire() || expiredIn > EPOCH_MAX) return type(uint256).max;
        return epochStart + (expiredIn - 1) * epochLength;
    }

    /// @inheritdoc IERC7818
    function currentEpoch() public view returns (uint256) {
        return epochAt(block.timestamp);
    }

    /// @inheritdoc IPointsToken
    function epochAt(uint256 timestamp) public view returns (uint256 epoch) {
        epoch = 1 + (timestamp - epochStart) / epochLength;
        if (epoch > EPOCH_MAX) epoch = EPOCH_MAX;
    }

    /// @dev The first epoch of the tier period of `epoch`.
    function _periodStart(uint256 epoch) internal view returns (uint256) {
        return epoch - (epoch - 1) % tierPeriodEpochs;
    }
}
