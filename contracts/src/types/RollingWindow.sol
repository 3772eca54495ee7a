// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What was spent of a budget lately, in one storage word.
///
///   255          192 191    144 143     96 95      48 47       0
///  +----------------+----------+----------+----------+----------+
///  |  bucket (64)   |  age 3   |  age 2   |  age 1   |  age 0   |
///  +----------------+----------+----------+----------+----------+
///
/// bucket  number of the newest bucket: timestamp / bucket length
/// age n   spent n buckets before it
///
/// A bucket is a third of the window, rounded up, so any window of the budget's length touches at most four buckets.
/// Keeping the sum of the four within the budget therefore keeps EVERY such window within it. The price is that
/// a spent part comes back late: up to a third of a window after it left the window.
type RollingWindow is uint256;

using RollingWindowLibrary for RollingWindow global;

library RollingWindowLibrary {
    uint256 private constant BUCKETS = 4;
    uint256 private constant BUCKET_BITS = 48;
    uint256 private constant BUCKET_MASK = 2 ** BUCKET_BITS - 1;
    uint256 private constant BUCKETS_BITS = BUCKETS * BUCKET_BITS;
    uint256 private constant BUCKETS_MASK = 2 ** BUCKETS_BITS - 1;

    /// @dev The window as of `timestamp`: buckets that are four or more behind are gone.
    function rollTo(RollingWindow window, uint256 timestamp, uint256 lengthSeconds)
        internal
        pure
        returns (RollingWindow)
    {
        uint256 raw = RollingWindow.unwrap(window);
        uint256 bucket = timestamp / _bucketSeconds(lengthSeconds);
        uint256 steps = bucket - (raw >> BUCKETS_BITS);
        if (steps > BUCKETS) steps = BUCKETS;
        return RollingWindow.wrap((bucket << BUCKETS_BITS) | ((raw << (steps * BUCKET_BITS)) & BUCKETS_MASK));
    }

    /// @dev Spent in the four buckets. Meant for a window that was rolled to now.
    function spent(RollingWindow window) internal pure returns (uint256 sum) {
        for (uint256 age; age < BUCKETS; ++age) {
            sum += (RollingWindow.unwrap(window) >> (age * BUCKET_BITS)) & BUCKET_MASK;
        }
    }

    /// @dev Spends in the newest bucket. The caller keeps the sum of the buckets within a budget of 48 bits.
    function spend(RollingWindow window, uint256 amount) internal pure returns (RollingWindow) {
        return RollingWindow.wrap(RollingWindow.unwrap(window) + amount);
    }

    function _bucketSeconds(uint256 lengthSeconds) private pure returns (uint256) {
        return (lengthSeconds + BUCKETS - 2) / (BUCKETS - 1);
    }
}
