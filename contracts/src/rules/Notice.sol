// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IEarningRules} from "../interfaces/IEarningRules.sol";

/// @notice How long what is worse for members is announced before it is in force, and the program's end. See {IEarningRules}.
abstract contract Notice is IEarningRules, AccessManaged {
    uint32 public constant NOTICE_PERIOD_MIN = 1 hours;
    uint32 public constant NOTICE_PERIOD_MAX = 730 days;

    /// @dev `next` takes the place of `current` at `nextAt`.
    struct Period {
        uint32 current;
        uint32 next;
        uint40 nextAt;
    }

    Period private _period;
    /// @inheritdoc IEarningRules
    uint40 public endAnnouncedAt;
    /// @inheritdoc IEarningRules
    uint40 public endsAt = type(uint40).max;

    constructor(uint32 noticePeriod_) {
        _setPeriod(noticePeriod_);
    }

    /// @inheritdoc IEarningRules
    function setNoticePeriod(uint32 noticePeriod_) external restricted returns (uint40 effectiveAt) {
        return _setPeriod(noticePeriod_);
    }

    /// @inheritdoc IEarningRules
    function announceEnd(uint40 end) external restricted {
        if (endAnnouncedAt != 0) revert EndAlreadyAnnounced(endsAt);
        uint256 earliest = block.timestamp + noticePeriod();
        if (end < earliest || end == type(uint40).max) revert EndTooEarly(end, earliest);
        (endAnnouncedAt, endsAt) = (uint40(block.timestamp), end);
        emit EndSet(end);
    }

    /// @inheritdoc IEarningRules
    function cancelEnd() external restricted {
        if (endAnnouncedAt == 0 || hasEnded()) revert NoEndToCancel();
        (endAnnouncedAt, endsAt) = (0, type(uint40).max);
        emit EndSet(type(uint40).max);
    }

    /// @inheritdoc IEarningRules
    function noticePeriod() public view returns (uint32) {
        return block.timestamp < _period.nextAt ? _period.current : _period.next;
    }

    /// @inheritdoc IEarningRules
    function hasEnded() public view returns (bool) {
        return block.timestamp >= endsAt;
    }

    /// @dev A longer one, and the same one again, take the place of a shorter one that is announced.
    function _setPeriod(uint32 next) private returns (uint40 effectiveAt) {
        if (next < NOTICE_PERIOD_MIN || next > NOTICE_PERIOD_MAX) revert InvalidNoticePeriod(next);
        uint32 current = noticePeriod();
        effectiveAt = uint40(next < current ? block.timestamp + current : block.timestamp);
        _period = Period(current, next, effectiveAt);
        emit NoticePeriodSet(next, effectiveAt);
    }
}
