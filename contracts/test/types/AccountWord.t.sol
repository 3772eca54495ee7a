// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {AccountWord} from "../../src/types/AccountWord.sol";

/// @notice The packed word against the same thing written out, field by field.
contract AccountWordTest is Test {
    uint256 private constant POINTS_MAX = 2 ** 46 - 1;

    function testFuzz_Roll(uint256 raw, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        uint256 epoch = raw >> 240;
        toEpoch = bound(toEpoch, epoch, 65535);
        if (toEpoch > epoch + 6 && toEpoch % 2 == 0) toEpoch = epoch + toEpoch % 7;
        (AccountWord rolled, AccountWord gone) = word.roll(toEpoch, 46);

        uint256 steps = toEpoch - epoch;
        uint256 expired;
        for (uint256 age; age < 4; ++age) {
            if (age + steps >= 4) expired += word.lot(age);
            else assertEq(rolled.lot(age + steps), word.lot(age));
            if (age < steps) assertEq(rolled.lot(age), 0);
        }
        assertEq(gone.points(), expired);
        assertEq(AccountWord.unwrap(gone) >> 184, 0);
        assertEq(rolled.points() + expired, word.points());
        assertEq(rolled.epoch(), toEpoch);
        assertEq((AccountWord.unwrap(rolled) >> 184) & (2 ** 56 - 1), (raw >> 184) & (2 ** 56 - 1), "the rest");
    }

    function testFuzz_RollOfPointsThatNeverExpire(uint256 raw, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        toEpoch = bound(toEpoch, raw >> 240, 65535);
        (AccountWord rolled, AccountWord gone) = word.roll(toEpoch, 0);
        assertEq(AccountWord.unwrap(gone), 0);
        assertEq(rolled.epoch(), toEpoch);
        assertEq(AccountWord.unwrap(rolled) & (2 ** 240 - 1), raw & (2 ** 240 - 1));
    }

    function testFuzz_TakeAndPut(uint256 raw, uint256 amount) public pure {
        AccountWord word = AccountWord.wrap(raw);
        amount = bound(amount, 0, word.points());
        (AccountWord rest, AccountWord taken) = word.take(amount, 3);
        assertEq(taken.points(), amount);
        assertEq(rest.points() + amount, word.points());
        assertEq(AccountWord.unwrap(taken) >> 184, (raw >> 240) << 56, "the epoch and nothing else");
        assertEq(AccountWord.unwrap(rest) >> 184, raw >> 184);
        uint256 left = amount;
        for (uint256 i; i < 4; ++i) {
            uint256 age = 3 - i;
            uint256 part = left < word.lot(age) ? left : word.lot(age);
            assertEq(taken.lot(age), part);
            left -= part;
        }
        assertEq(AccountWord.unwrap(rest.put(taken)), raw);
    }

    function testFuzz_Earn(uint256 raw, uint256 points) public pure {
        AccountWord word = AccountWord.wrap(raw);
        uint256 larger = word.lot(0) > word.total() ? word.lot(0) : word.total();
        points = bound(points, 0, POINTS_MAX - larger);
        AccountWord earned = word.earn(points);
        assertEq(earned.lot(0), word.lot(0) + points);
        assertEq(earned.total(), word.total() + points);
        assertEq((AccountWord.unwrap(earned) >> 46) & (2 ** 138 - 1), (raw >> 46) & (2 ** 138 - 1));
        assertEq(AccountWord.unwrap(earned) >> 230, raw >> 230);
    }
}
