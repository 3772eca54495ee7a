// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {AccountWord, AccountWordLibrary, EPOCH_MAX, LOT_BITS, POINTS_MAX} from "../../src/types/AccountWord.sol";

/// @notice The packed word of an account against the same thing in plain fields, for all words: `make prove`.
/// @dev halmos runs each `check_…` with symbols in place of values.
/// Fields are read here with divisions and moduli of their own, and those of a word cover it without a gap: where they all agree,
/// no field has overflowed into its neighbour.
contract AccountWordProofs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Fields {
        uint256 epoch;
        uint256 flags;
        uint256 tier;
        uint256 total;
        uint256[4] lots;
    }

    function check_ReadersReadTheirFields(uint256 raw) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        assert(word.epoch() == fields.epoch);
        assert(word.total() == fields.total);
        assert(word.tier() == fields.tier);
        assert(word.has(AccountWordLibrary.FROZEN) == (fields.flags % 2 == 1));
        assert(word.has(AccountWordLibrary.PARTNER) == (fields.flags / 2 % 2 == 1));
        uint256 upTo;
        for (uint256 age; age < 4; ++age) {
            upTo += fields.lots[age];
            assert(word.lot(age) == fields.lots[age]);
            assert(word.pointsUpTo(age) == upTo);
        }
        assert(word.points() == upTo);
        assert(word.isBlank() == (raw == 0));
    }

    function check_SettersSetTheirFieldAlone(uint256 raw, uint256 total, uint256 tier, bool flag) public pure {
        vm.assume(total <= POINTS_MAX && tier < 4);
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        fields.total = total;
        assertSame(fieldsOf(word.withTotal(total)), fields);
        fields = fieldsOf(word);
        fields.tier = tier;
        assertSame(fieldsOf(word.withTier(tier)), fields);
        fields = fieldsOf(word);
        fields.flags = fields.flags / 2 * 2 + (flag ? 1 : 0);
        assertSame(fieldsOf(word.withFlag(AccountWordLibrary.FROZEN, flag)), fields);
        fields = fieldsOf(word);
        fields.flags = fields.flags / 4 * 4 + (flag ? 2 : 0) + fields.flags % 2;
        assertSame(fieldsOf(word.withFlag(AccountWordLibrary.PARTNER, flag)), fields);
    }

    function check_OnlyLotsKeepsEpochAndLots(uint256 raw) public pure {
        Fields memory fields = fieldsOf(AccountWord.wrap(raw));
        (fields.flags, fields.tier, fields.total) = (0, 0, 0);
        assertSame(fieldsOf(AccountWord.wrap(raw).onlyLots()), fields);
    }

    function check_Roll(uint256 raw, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        toEpoch = inCases(fields.epoch, toEpoch);
        (Fields memory aged, Fields memory expired) = age_(fields, toEpoch - fields.epoch);
        (AccountWord rolled, AccountWord gone) = word.roll(toEpoch, LOT_BITS);
        assertSame(fieldsOf(rolled), aged);
        assertSame(fieldsOf(gone), expired);
    }

    function check_RollOfPointsThatNeverExpire(uint256 raw, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        vm.assume(fields.epoch <= toEpoch && toEpoch <= EPOCH_MAX);
        fields.epoch = toEpoch;
        (AccountWord rolled, AccountWord gone) = word.roll(toEpoch, 0);
        assertSame(fieldsOf(rolled), fields);
        assert(AccountWord.unwrap(gone) == 0);
    }

    /// @dev When an account is rolled does not matter: the word is the same at the end, and the same lots have expired.
    function check_RollInTwoStepsIsRollInOne(uint256 raw, uint256 between, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        between = inCases(word.epoch(), between);
        toEpoch = inCases(between, toEpoch);
        (AccountWord first, AccountWord goneFirst) = word.roll(between, LOT_BITS);
        (AccountWord second, AccountWord goneSecond) = first.roll(toEpoch, LOT_BITS);
        (AccountWord once, AccountWord goneOnce) = word.roll(toEpoch, LOT_BITS);
        assert(AccountWord.unwrap(second) == AccountWord.unwrap(once));
        uint256 steps = between - word.epoch();
        for (uint256 age; age < 4; ++age) {
            uint256 expired = goneFirst.lot(age);
            if (steps < 4 - age) expired += goneSecond.lot(age + steps);
            assert(goneOnce.lot(age) == expired);
        }
    }

    /// @dev The supply is the sum of all accounts, lot by lot, and stays so as both age.
    function check_RollOfASumIsTheSumOfRolls(uint256 rawA, uint256 rawB, uint256 toEpoch, uint256 age) public pure {
        AccountWord a = AccountWord.wrap(rawA);
        AccountWord b = AccountWord.wrap(rawB);
        vm.assume(a.epoch() == b.epoch());
        for (uint256 i; i < 4; ++i) {
            vm.assume(a.lot(i) + b.lot(i) <= POINTS_MAX);
        }
        toEpoch = inCases(a.epoch(), toEpoch);
        age = ageInCases(age);
        (AccountWord rolledA, AccountWord goneA) = a.roll(toEpoch, LOT_BITS);
        (AccountWord rolledB, AccountWord goneB) = b.roll(toEpoch, LOT_BITS);
        (AccountWord rolledSum, AccountWord goneSum) = a.put(b.onlyLots()).roll(toEpoch, LOT_BITS);
        assert(rolledA.lot(age) + rolledB.lot(age) == rolledSum.lot(age));
        assert(goneA.lot(age) + goneB.lot(age) == goneSum.lot(age));
    }

    function check_Earn(uint256 raw, uint256 earned) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        vm.assume(earned <= POINTS_MAX);
        vm.assume(fields.lots[0] + earned <= POINTS_MAX && fields.total + earned <= POINTS_MAX);
        fields.lots[0] += earned;
        fields.total += earned;
        assertSame(fieldsOf(word.earn(earned)), fields);
    }

    /// @dev Award and supply: what one account earns is what the supply earns.
    function check_EarnKeepsTheSupplyTheSumOfAccounts(uint256 rawAccount, uint256 rawSupply, uint256 earned)
        public
        pure
    {
        AccountWord account = AccountWord.wrap(rawAccount);
        AccountWord supply = AccountWord.wrap(rawSupply);
        vm.assume(
            account.lot(0) <= supply.lot(0) && supply.lot(0) <= supply.total() && account.total() <= supply.total()
        );
        vm.assume(earned <= POINTS_MAX - supply.total());
        AccountWord accountAfter = account.earn(earned);
        AccountWord supplyAfter = supply.earn(earned);
        for (uint256 age; age < 4; ++age) {
            assert(supplyAfter.lot(age) - supply.lot(age) == accountAfter.lot(age) - account.lot(age));
        }
        assert(supplyAfter.lot(0) <= supplyAfter.total() && supplyAfter.total() <= POINTS_MAX);
    }

    function check_TakeOutOfTheYoungestLot(uint256 raw, uint256 amount) public pure {
        take_(raw, amount, 0);
    }

    function check_TakeOutOfTheTwoYoungestLots(uint256 raw, uint256 amount) public pure {
        take_(raw, amount, 1);
    }

    function check_TakeOutOfTheThreeYoungestLots(uint256 raw, uint256 amount) public pure {
        take_(raw, amount, 2);
    }

    function check_TakeOutOfAllLots(uint256 raw, uint256 amount) public pure {
        take_(raw, amount, 3);
    }

    function check_TakeAt(uint256 raw, uint256 age, uint256 amount) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        age = ageInCases(age);
        vm.assume(amount <= fields.lots[age]);
        fields.lots[age] -= amount;
        Fields memory parts;
        parts.epoch = fields.epoch;
        parts.lots[age] = amount;
        (AccountWord rest, AccountWord taken) = word.takeAt(age, amount);
        assertSame(fieldsOf(rest), fields);
        assertSame(fieldsOf(taken), parts);
    }

    /// @dev Of another word its lots alone count.
    function check_Put(uint256 raw, uint256 rawLots) public pure {
        AccountWord word = AccountWord.wrap(raw);
        AccountWord lots = AccountWord.wrap(rawLots);
        Fields memory fields = fieldsOf(word);
        for (uint256 age; age < 4; ++age) {
            fields.lots[age] += lots.lot(age);
            vm.assume(fields.lots[age] <= POINTS_MAX);
        }
        assertSame(fieldsOf(word.put(lots)), fields);
    }

    function check_Remove(uint256 raw, uint256 rawLots) public pure {
        AccountWord word = AccountWord.wrap(raw);
        AccountWord lots = AccountWord.wrap(rawLots);
        Fields memory fields = fieldsOf(word);
        for (uint256 age; age < 4; ++age) {
            vm.assume(lots.lot(age) <= fields.lots[age]);
            fields.lots[age] -= lots.lot(age);
        }
        assertSame(fieldsOf(word.remove(lots)), fields);
    }

    /// @dev A transfer to oneself.
    function check_TakeThenPutRestores(uint256 raw, uint256 amount, uint256 ageMax) public pure {
        AccountWord word = AccountWord.wrap(raw);
        ageMax = ageInCases(ageMax);
        vm.assume(amount <= word.pointsUpTo(ageMax));
        (AccountWord rest, AccountWord taken) = word.take(amount, ageMax);
        assert(AccountWord.unwrap(rest.put(taken)) == raw);
    }

    /// @dev A transfer: points of each age stay as many as they were, so points expire when they would have expired.
    function check_TransferKeepsTheSumOfLotsByAge(uint256 rawFrom, uint256 rawTo, uint256 amount, uint256 age)
        public
        pure
    {
        AccountWord from = AccountWord.wrap(rawFrom);
        AccountWord to = AccountWord.wrap(rawTo);
        age = ageInCases(age);
        vm.assume(amount <= from.points());
        for (uint256 i; i < 4; ++i) {
            vm.assume(from.lot(i) + to.lot(i) <= POINTS_MAX);
        }
        (AccountWord rest, AccountWord taken) = from.take(amount, 3);
        assert(rest.lot(age) + to.put(taken).lot(age) == from.lot(age) + to.lot(age));
    }

    /// @dev The same of any lots that are moved, whoever chose them.
    function check_MovingLotsKeepsTheirSumByAge(uint256 rawFrom, uint256 rawTo, uint256 rawLots, uint256 age)
        public
        pure
    {
        AccountWord from = AccountWord.wrap(rawFrom);
        AccountWord to = AccountWord.wrap(rawTo);
        AccountWord lots = AccountWord.wrap(rawLots);
        age = ageInCases(age);
        for (uint256 i; i < 4; ++i) {
            vm.assume(lots.lot(i) <= from.lot(i) && from.lot(i) + to.lot(i) <= POINTS_MAX);
        }
        assert(from.remove(lots).lot(age) + to.put(lots).lot(age) == from.lot(age) + to.lot(age));
    }

    /// @dev A burn of any lots: the supply loses at each age what the account loses.
    function check_BurnKeepsTheSupplyTheSumOfAccounts(
        uint256 rawAccount,
        uint256 rawSupply,
        uint256 rawLots,
        uint256 age
    ) public pure {
        AccountWord account = AccountWord.wrap(rawAccount);
        AccountWord supply = AccountWord.wrap(rawSupply);
        AccountWord lots = AccountWord.wrap(rawLots);
        age = ageInCases(age);
        for (uint256 i; i < 4; ++i) {
            vm.assume(lots.lot(i) <= account.lot(i) && account.lot(i) <= supply.lot(i));
        }
        assert(supply.lot(age) - supply.remove(lots).lot(age) == account.lot(age) - account.remove(lots).lot(age));
    }

    /// @dev The specification of taking: all of an older lot before any of a younger one.
    function take_(uint256 raw, uint256 amount, uint256 ageMax) private pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        Fields memory parts;
        parts.epoch = fields.epoch;
        uint256 left = amount;
        for (uint256 i; i <= ageMax; ++i) {
            uint256 age = ageMax - i;
            parts.lots[age] = left < fields.lots[age] ? left : fields.lots[age];
            left -= parts.lots[age];
            fields.lots[age] -= parts.lots[age];
        }
        vm.assume(left == 0);
        (AccountWord rest, AccountWord taken) = word.take(amount, ageMax);
        assertSame(fieldsOf(rest), fields);
        assertSame(fieldsOf(taken), parts);
    }

    /// @dev The specification of rolling: each lot moves up by the epochs passed, and those that leave the array have expired.
    function age_(Fields memory fields, uint256 steps)
        private
        pure
        returns (Fields memory aged, Fields memory expired)
    {
        (aged.epoch, aged.flags, aged.tier, aged.total) =
        (fields.epoch + steps, fields.flags, fields.tier, fields.total);
        for (uint256 age; age < 4; ++age) {
            if (steps < 4 - age) aged.lots[age + steps] = fields.lots[age];
            else expired.lots[age] = fields.lots[age];
        }
    }

    /// @dev The same epoch. The solver gets it as `epoch` plus a number, one case each, as long as that number matters.
    function inCases(uint256 epoch, uint256 toEpoch) private pure returns (uint256 same) {
        vm.assume(epoch <= toEpoch && toEpoch <= EPOCH_MAX);
        for (uint256 steps; steps < 4; ++steps) {
            if (toEpoch == epoch + steps) return epoch + steps;
        }
        return toEpoch;
    }

    /// @dev The same age, one case each.
    function ageInCases(uint256 age) private pure returns (uint256 same) {
        vm.assume(age < 4);
        while (same != age) ++same;
    }

    function fieldsOf(AccountWord word) private pure returns (Fields memory fields) {
        uint256 raw = AccountWord.unwrap(word);
        for (uint256 age; age < 4; ++age) {
            fields.lots[age] = raw % 2 ** 46;
            raw /= 2 ** 46;
        }
        fields.total = raw % 2 ** 46;
        fields.tier = raw / 2 ** 46 % 2 ** 4;
        fields.flags = raw / 2 ** 50 % 2 ** 6;
        fields.epoch = raw / 2 ** 56;
    }

    function assertSame(Fields memory given, Fields memory expected) private pure {
        assert(given.epoch == expected.epoch);
        assert(given.flags == expected.flags);
        assert(given.tier == expected.tier);
        assert(given.total == expected.total);
        for (uint256 age; age < 4; ++age) {
            assert(given.lots[age] == expected.lots[age]);
        }
    }
}
