// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {RollingWindow} from "../../src/types/RollingWindow.sol";

/// @notice The budget's window against an array of buckets, and the steps of the proof that no window of the budget's length holds
/// more than the budget: see docs/proofs.md.
contract RollingWindowProofs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 private constant SPENT_MAX = 2 ** 48 - 1;

    function check_SpentIsTheSumOfTheBuckets(uint256 raw) public pure {
        assert(RollingWindow.wrap(raw).spent() == sum(bucketsOf(raw)));
    }

    function check_RollToDropsBucketsOlderThanFour(uint256 raw, uint64 timestamp, uint32 length) public pure {
        rolledTo(raw, timestamp, length);
    }

    function check_SpendAddsToTheNewestBucketAlone(uint256 raw, uint256 amount) public pure {
        uint256[4] memory buckets = bucketsOf(raw);
        vm.assume(amount <= SPENT_MAX && buckets[0] + amount <= SPENT_MAX);
        buckets[0] += amount;
        uint256 spent = RollingWindow.unwrap(RollingWindow.wrap(raw).spend(amount));
        assertSame(bucketsOf(spent), buckets);
        assert(spent >> 192 == raw >> 192);
    }

    /// @dev With the next one: whatever is awarded, and whenever, the four buckets together stay within the budget.
    function check_RollToNeverAdds(uint256 raw, uint64 timestamp, uint32 length) public pure {
        RollingWindow window = rolledTo(raw, timestamp, length);
        assert(sum(bucketsOf(RollingWindow.unwrap(window))) <= sum(bucketsOf(raw)));
    }

    function check_SpendStaysWithinTheBudget(uint256 raw, uint48 budget, uint48 amount) public pure {
        uint256[4] memory buckets = bucketsOf(raw);
        uint256 before = sum(buckets);
        vm.assume(before <= budget && amount <= budget - before);
        buckets[0] += amount;
        assertSame(bucketsOf(RollingWindow.unwrap(RollingWindow.wrap(raw).spend(amount))), buckets);
        assert(sum(buckets) <= budget);
    }

    /// @dev The steps of an induction. `spentInBucket` is all that was ever spent in the bucket of that number, whichever it is; as long
    /// as the bucket is one of the newest four, the word has exactly that, whether it is rolled or spent from.
    function check_RollToKeepsWhatWasSpentInABucket(
        uint256 raw,
        uint64 timestamp,
        uint32 length,
        uint64 bucketNumber,
        uint48 spentInBucket
    ) public pure {
        vm.assume(has(raw, bucketNumber, spentInBucket));
        assert(has(RollingWindow.unwrap(rolledTo(raw, timestamp, length)), bucketNumber, spentInBucket));
    }

    function check_SpendCountsInItsBucket(uint256 raw, uint64 bucketNumber, uint48 spentInBucket, uint48 amount)
        public
        pure
    {
        vm.assume(bucketsOf(raw)[0] + amount <= SPENT_MAX);
        vm.assume(bucketNumber <= raw >> 192);
        vm.assume(has(raw, bucketNumber, spentInBucket));
        uint256 spentAfter = spentInBucket;
        if (bucketNumber == raw >> 192) spentAfter += amount;
        assert(has(RollingWindow.unwrap(RollingWindow.wrap(raw).spend(amount)), bucketNumber, spentAfter));
    }

    /// @dev Why four buckets of a third of the window are enough: from a moment in one bucket to a moment in the fourth after it, or in
    /// a later one, is at least the window's length. Moments are given by their bucket's number and the seconds since it began.
    function check_MomentsFourBucketsApartAreAWindowApart(
        uint40 bucketsFurther,
        uint32 bucketSeconds,
        uint32 length,
        uint32 sinceFirst,
        uint32 sinceLast
    ) public pure {
        vm.assume(length <= 3 * uint256(bucketSeconds));
        vm.assume(sinceFirst < bucketSeconds && sinceLast < bucketSeconds);
        // unchecked: 40 bits times 32 bits do not overflow, and the solver need not prove that.
        unchecked {
            uint256 seconds_ =
                4 * uint256(bucketSeconds) + uint256(bucketsFurther) * bucketSeconds + sinceLast - sinceFirst;
            assert(seconds_ >= length);
        }
    }

    function check_ThreeBucketsAreAWindowOrLonger(uint32 length) public pure {
        assert((uint256(length) + 2) / 3 * 3 >= length);
    }

    /// @dev The window rolled: by the library and by hand, which is asserted to be the same.
    function rolledTo(uint256 raw, uint256 timestamp, uint256 length) private pure returns (RollingWindow) {
        vm.assume(length != 0);
        uint256 bucket = bucketOf(timestamp, length);
        uint256[4] memory buckets = bucketsOf(raw);
        uint256[4] memory aged;
        uint256 steps = stepsBetween(raw >> 192, bucket);
        for (uint256 age = steps; age < 4; ++age) {
            aged[age] = buckets[age - steps];
        }
        uint256 expected = bucket * 2 ** 192 + aged[3] * 2 ** 144 + aged[2] * 2 ** 96 + aged[1] * 2 ** 48 + aged[0];
        assert(RollingWindow.unwrap(RollingWindow.wrap(raw).rollTo(timestamp, length)) == expected);
        return RollingWindow.wrap(expected);
    }

    function has(uint256 raw, uint256 bucketNumber, uint256 spent) private pure returns (bool) {
        uint256 newest = raw >> 192;
        if (bucketNumber > newest) return spent == 0;
        uint256 age = stepsBetween(bucketNumber, newest);
        return age == 4 || bucketsOf(raw)[age] == spent;
    }

    /// @dev 4 stands for more, too. The solver gets a number that it can count with, one case each.
    function stepsBetween(uint256 older, uint256 newer) private pure returns (uint256 steps) {
        vm.assume(older <= newer);
        while (steps < 4 && older + steps != newer) ++steps;
    }

    function bucketOf(uint256 timestamp, uint256 length) private pure returns (uint256) {
        return timestamp / ((length + 2) / 3);
    }

    function bucketsOf(uint256 raw) private pure returns (uint256[4] memory buckets) {
        for (uint256 age; age < 4; ++age) {
            buckets[age] = raw % 2 ** 48;
            raw /= 2 ** 48;
        }
    }

    function sum(uint256[4] memory buckets) private pure returns (uint256) {
        return buckets[0] + buckets[1] + buckets[2] + buckets[3];
    }

    function assertSame(uint256[4] memory given, uint256[4] memory expected) private pure {
        for (uint256 age; age < 4; ++age) {
            assert(given[age] == expected[age]);
        }
    }
}
