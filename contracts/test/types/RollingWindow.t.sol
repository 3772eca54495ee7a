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
}
