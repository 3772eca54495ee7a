// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {
    AccountWord,
    AccountWordLibrary,
    EPOCH_MAX,
    LIVE_EPOCHS,
    LOT_BITS,
    POINTS_MAX
} from "../../src/types/AccountWord.sol";

/// @notice The packed word against the same thing written out, field by field.
contract AccountWordTest is Test {
    function test_Limits() public pure {
        assertEq(POINTS_MAX, 70_368_744_177_663);
        assertEq(EPOCH_MAX, 65_535);
        assertEq(LIVE_EPOCHS, 4);
        assertEq(LOT_BITS, 46);
    }

    function testFuzz_ReadsItsFields(uint16 epoch, uint8 flags, uint8 tier, uint48 total, uint48[4] memory lots)
        public
        pure
    {
        (flags, tier, total) = (flags % 64, tier % 16, total % 2 ** 46);
        uint256 raw = uint256(epoch) << 240 | uint256(flags) << 234 | uint256(tier) << 230 | uint256(total) << 184;
        uint256 sum;
        for (uint256 age; age < 4; ++age) {
            lots[age] %= 2 ** 46;
            raw |= uint256(lots[age]) << (age * 46);
        }
        AccountWord word = AccountWord.wrap(raw);
        assertEq(word.epoch(), epoch);
        assertEq(word.has(AccountWordLibrary.FROZEN), flags % 2 == 1);
        assertEq(word.has(AccountWordLibrary.PARTNER), flags / 2 % 2 == 1);
        assertEq(word.tier(), tier);
        assertEq(word.total(), total);
        for (uint256 age; age < 4; ++age) {
            sum += lots[age];
            assertEq(word.lot(age), lots[age]);
            assertEq(word.pointsUpTo(age), sum);
        }
        assertEq(word.points(), sum);
    }

    function test_IsBlankUntilAnythingIsInIt() public pure {
        assertTrue(AccountWord.wrap(0).isBlank());
        assertFalse(AccountWord.wrap(1).isBlank());
        assertFalse(AccountWord.wrap(1 << 255).isBlank());
    }

    function testFuzz_SetsAFieldAlone(uint256 raw, uint256 total, uint256 tier, bool flag) public pure {
        AccountWord word = AccountWord.wrap(raw);
        (total, tier) = (total % 2 ** 46, tier % 16);
        assertEq(AccountWord.unwrap(word.withTotal(total)), without(raw, 184, 46) | total << 184);
        assertEq(AccountWord.unwrap(word.withTier(tier)), without(raw, 230, 4) | tier << 230);
        assertEq(
            AccountWord.unwrap(word.withFlag(AccountWordLibrary.FROZEN, flag)),
            without(raw, 234, 1) | (flag ? 1 << 234 : 0)
        );
        assertEq(
            AccountWord.unwrap(word.withFlag(AccountWordLibrary.PARTNER, flag)),
            without(raw, 235, 1) | (flag ? 1 << 235 : 0)
        );
    }

    function testFuzz_OnlyLots(uint256 raw) public pure {
        assertEq(AccountWord.unwrap(AccountWord.wrap(raw).onlyLots()), without(raw, 184, 56));
    }

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

    function testFuzz_TakeOutOfTheYoungerLots(uint256 raw, uint256 amount, uint256 ageMax) public pure {
        AccountWord word = AccountWord.wrap(raw);
        ageMax %= 4;
        amount = bound(amount, 0, word.pointsUpTo(ageMax));
        (AccountWord rest, AccountWord taken) = word.take(amount, ageMax);
        uint256 left = amount;
        for (uint256 i; i < 4; ++i) {
            uint256 age = 3 - i;
            uint256 part = age > ageMax ? 0 : left < word.lot(age) ? left : word.lot(age);
            assertEq(taken.lot(age), part);
            assertEq(rest.lot(age), word.lot(age) - part);
            left -= part;
        }
        assertEq(left, 0);
    }

    function testFuzz_TakeAt(uint256 raw, uint256 age, uint256 amount) public pure {
        AccountWord word = AccountWord.wrap(raw);
        age %= 4;
        amount = bound(amount, 0, word.lot(age));
        (AccountWord rest, AccountWord taken) = word.takeAt(age, amount);
        assertEq(AccountWord.unwrap(taken), without(raw, 0, 240) | amount << (age * 46));
        assertEq(AccountWord.unwrap(rest), without(raw, age * 46, 46) | (word.lot(age) - amount) << (age * 46));
    }

    /// @dev Whatever else the word of the lots says: it is another account's.
    function testFuzz_PutAndRemoveLotsAlone(uint256 raw, uint256 rawLots) public pure {
        // Half of what a lot can hold in each, so that no sum is more.
        uint256 half = (2 ** 45 - 1) * (1 + 2 ** 46 + 2 ** 92 + 2 ** 138);
        AccountWord word = AccountWord.wrap(without(raw, 0, 184) | raw & half);
        AccountWord lots = AccountWord.wrap(without(rawLots, 0, 184) | rawLots & half);
        AccountWord sum = word.put(lots);
        for (uint256 age; age < 4; ++age) {
            assertEq(sum.lot(age), word.lot(age) + lots.lot(age));
        }
        assertEq(AccountWord.unwrap(sum) >> 184, raw >> 184);
        assertEq(AccountWord.unwrap(sum.remove(lots)), AccountWord.unwrap(word));
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

    /// @dev The word with `bits` zeros from the bit `from` on.
    function without(uint256 raw, uint256 from, uint256 bits) private pure returns (uint256) {
        return raw >> (from + bits) << (from + bits) | raw & (2 ** from - 1);
    }
}
