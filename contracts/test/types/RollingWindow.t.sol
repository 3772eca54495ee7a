// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {RollingWindow} from "../../src/types/RollingWindow.sol";

contract RollingWindowTest is Test {
    /// @dev Spends as much as it may at random moments, and then looks at every window that ends with a spending.
    function testFuzz_NoWindowSpendsMoreThanTheBudget(uint32 start, uint16[24] memory gaps, uint16 lengthSeconds)
        public
        pure
    {
        uint256 length = bound(lengthSeconds, 3600, 20_000);
        uint256 budget = 1000;
        RollingWindow window;
        uint256 timestamp = start;
        uint256[24] memory times;
        uint256[24] memory amounts;
        for (uint256 i; i < 24; ++i) {
            timestamp += gaps[i] % 8000;
            window = window.rollTo(timestamp, length);
            uint256 amount = budget - window.spent();
            if (gaps[i] % 2 == 0) amount /= 2;
            window = window.spend(amount);
            (times[i], amounts[i]) = (timestamp, amount);
            uint256 sum;
            for (uint256 j; j <= i; ++j) {
                if (times[j] + length > timestamp) sum += amounts[j];
            }
            assertLe(sum, budget);
        }
    }

    function testFuzz_BudgetIsBackAThirdOfAWindowLate(uint32 start, uint32 lengthSeconds) public pure {
        uint256 length = bound(lengthSeconds, 3600, type(uint32).max);
        RollingWindow window;
        window = window.rollTo(start, length).spend(7);
        assertEq(window.rollTo(start + length - 1, length).spent(), 7);
        assertEq(window.rollTo(start + 4 * ((length + 2) / 3), length).spent(), 0);
    }

    function testFuzz_BucketsMoveAsTimePasses(uint48[4] memory buckets, uint40 start, uint40 passed, uint32 length)
        public
        pure
    {
        length = uint32(bound(length, 3600, type(uint32).max));
        // As often as not, few buckets have passed.
        uint256 bucketSeconds = length % 3 == 0 ? length / 3 : length / 3 + 1;
        uint256 timestamp = uint256(start) + (passed % 2 == 0 ? passed : passed % (5 * bucketSeconds));
        (uint256 first, uint256 last) = (start / bucketSeconds, timestamp / bucketSeconds);
        uint256 expected = last << 192;
        uint256 sum;
        for (uint256 age; age < 4; ++age) {
            if (age + last - first < 4) expected |= uint256(buckets[age]) << ((age + last - first) * 48);
            sum += buckets[age];
        }
        RollingWindow window = pack(first, buckets);
        assertEq(window.spent(), sum);
        assertEq(RollingWindow.unwrap(window.rollTo(timestamp, length)), expected);
    }

    function test_ABucketIsAThirdOfTheWindowRoundedUp() public pure {
        uint16[3] memory lengths = [3_600, 3_601, 3_602];
        uint16[3] memory bucketSeconds = [1_200, 1_201, 1_201];
        for (uint256 i; i < 3; ++i) {
            RollingWindow window;
            assertEq(RollingWindow.unwrap(window.rollTo(5 * uint256(bucketSeconds[i]) - 1, lengths[i])), 4 << 192);
            assertEq(RollingWindow.unwrap(window.rollTo(5 * uint256(bucketSeconds[i]), lengths[i])), 5 << 192);
        }
    }

    function test_NoTimestampIsTooFar() public pure {
        RollingWindow window;
        assertEq(window.spend(7).rollTo(type(uint256).max, 3).spent(), 0);
    }

    function pack(uint256 bucket, uint48[4] memory buckets) private pure returns (RollingWindow) {
        return RollingWindow.wrap(
            bucket << 192 | uint256(buckets[3]) << 144 | uint256(buckets[2]) << 96 | uint256(buckets[1]) << 48
                | buckets[0]
        );
    }
}
