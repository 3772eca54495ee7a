// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {AccountWord, AccountWordLibrary, EPOCH_MAX, POINTS_MAX} from "../../src/types/AccountWord.sol";

/// @notice The packed word of an account against the same thing in plain fields, for all words: `make prove`.
/// @dev halmos runs each `check_…` with symbols in place of values.
/// Fields are read here with divisions and moduli of their own, and those of a word cover it without a gap: where they all agree,
/// no field has overflowed into its neighbour.
contract AccountWordProofs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @param mark tier and flags
    struct Fields {
        uint256 epoch;
        uint256 mark;
        uint256 total;
        uint256[4] lots;
    }

    function check_ReadersReadTheirFields(uint256 raw) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        assert(word.epoch() == fields.epoch);
        assert(word.total() == fields.total);
        for (uint256 age; age < 4; ++age) {
            assert(word.lot(age) == fields.lots[age]);
        }
        assert(word.points() == sum(fields.lots));
        assert(word.isBlank() == (raw == 0));
    }

    /// @dev A mint takes this way past {roll} for an account that has no word yet.
    function check_FreshIsABlankWordRolled(uint256 epoch, uint256 periodStart) public pure {
        vm.assume(epoch <= EPOCH_MAX && periodStart <= epoch);
        (AccountWord rolled, AccountWord gone) = AccountWord.wrap(0).roll(epoch, periodStart);
        assert(AccountWord.unwrap(AccountWordLibrary.fresh(epoch)) == AccountWord.unwrap(rolled));
        assert(AccountWord.unwrap(gone) == 0);
    }

    function check_RollLots(uint256 raw, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        toEpoch = inCases(fields.epoch, toEpoch);
        (Fields memory aged, Fields memory expired) = age_(fields, toEpoch - fields.epoch);
        (AccountWord rolled, AccountWord gone) = word.rollLots(toEpoch);
        assertSame(fieldsOf(rolled), aged);
        assertSame(fieldsOf(gone), expired);
    }

    function check_Roll(uint256 raw, uint256 toEpoch, uint256 periodStart) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        toEpoch = inCases(fields.epoch, toEpoch);
        vm.assume(periodStart <= toEpoch);
        (Fields memory aged, Fields memory expired) = age_(fields, toEpoch - fields.epoch);
        if (fields.epoch < periodStart) aged.total = 0;
        (AccountWord rolled, AccountWord gone) = word.roll(toEpoch, periodStart);
        assertSame(fieldsOf(rolled), aged);
        assertSame(fieldsOf(gone), expired);
    }

    /// @dev When an account is rolled does not matter: the word is the same at the end, and the same lots have expired.
    function check_RollInTwoStepsIsRollInOne(uint256 raw, uint256 between, uint256 toEpoch) public pure {
        AccountWord word = AccountWord.wrap(raw);
        between = inCases(word.epoch(), between);
        toEpoch = inCases(between, toEpoch);
        (AccountWord first, AccountWord goneFirst) = word.rollLots(between);
        (AccountWord second, AccountWord goneSecond) = first.rollLots(toEpoch);
        (AccountWord once, AccountWord goneOnce) = word.rollLots(toEpoch);
        assert(AccountWord.unwrap(second) == AccountWord.unwrap(once));
        uint256 steps = between - word.epoch();
        for (uint256 age; age < 4; ++age) {
            uint256 expired = goneFirst.lot(age);
            if (steps < 4 - age) expired += goneSecond.lot(age + steps);
            assert(goneOnce.lot(age) == expired);
        }
    }

    /// @dev The supply is the sum of all accounts, lot by lot, and stays so as both age.
    function check_RollOfASumIsTheSumOfRolls(uint256 rawA, uint256 rawB, uint256 rawSum, uint256 toEpoch) public pure {
        Fields memory a = fieldsOf(AccountWord.wrap(rawA));
        Fields memory b = fieldsOf(AccountWord.wrap(rawB));
        Fields memory both = fieldsOf(AccountWord.wrap(rawSum));
        vm.assume(a.epoch == b.epoch && a.epoch == both.epoch);
        toEpoch = inCases(a.epoch, toEpoch);
        for (uint256 age; age < 4; ++age) {
            vm.assume(a.lots[age] + b.lots[age] == both.lots[age]);
        }
        (AccountWord rolledA, AccountWord goneA) = AccountWord.wrap(rawA).rollLots(toEpoch);
        (AccountWord rolledB, AccountWord goneB) = AccountWord.wrap(rawB).rollLots(toEpoch);
        (AccountWord rolledSum, AccountWord goneSum) = AccountWord.wrap(rawSum).rollLots(toEpoch);
        for (uint256 age; age < 4; ++age) {
            assert(rolledA.lot(age) + rolledB.lot(age) == rolledSum.lot(age));
            assert(goneA.lot(age) + goneB.lot(age) == goneSum.lot(age));
        }
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

    function check_Take(uint256 raw, uint256 amount) public pure {
        AccountWord word = AccountWord.wrap(raw);
        Fields memory fields = fieldsOf(word);
        vm.assume(amount <= sum(fields.lots));
        Fields memory parts;
        uint256 left = amount;
        for (uint256 i; i < 4; ++i) {
            uint256 age = 3 - i;
            parts.lots[age] = left < fields.lots[age] ? left : fields.lots[age];
            left -= parts.lots[age];
            fields.lots[age] -= parts.lots[age];
        }
        assert(left == 0);
        (AccountWord rest, AccountWord taken) = word.take(amount);
        assertSame(fieldsOf(rest), fields);
        assertSame(fieldsOf(taken), parts);
    }

    function check_Put(uint256 raw, uint256 rawTaken) public pure {
        AccountWord word = AccountWord.wrap(raw);
        AccountWord taken = AccountWord.wrap(rawTaken);
        vm.assume(rawTaken < 2 ** 184);
        Fields memory fields = fieldsOf(word);
        for (uint256 age; age < 4; ++age) {
            fields.lots[age] += taken.lot(age);
            vm.assume(fields.lots[age] <= POINTS_MAX);
        }
        assertSame(fieldsOf(word.put(taken)), fields);
    }

    /// @dev A transfer to oneself.
    function check_TakeThenPutRestores(uint256 raw, uint256 amount) public pure {
        AccountWord word = AccountWord.wrap(raw);
        vm.assume(amount <= sum(fieldsOf(word).lots));
        (AccountWord rest, AccountWord taken) = word.take(amount);
        assert(AccountWord.unwrap(rest.put(taken)) == raw);
    }

    /// @dev A transfer: points of each age stay as many as they were, so points expire when they would have expired.
    function check_TransferKeepsTheSumOfLotsByAge(uint256 rawFrom, uint256 rawTo, uint256 amount) public pure {
        AccountWord from = AccountWord.wrap(rawFrom);
        AccountWord to = AccountWord.wrap(rawTo);
        Fields memory fromBefore = fieldsOf(from);
        Fields memory toBefore = fieldsOf(to);
        vm.assume(amount <= sum(fromBefore.lots));
        for (uint256 age; age < 4; ++age) {
            vm.assume(fromBefore.lots[age] + toBefore.lots[age] <= POINTS_MAX);
        }
        (AccountWord rest, AccountWord taken) = from.take(amount);
        Fields memory fromAfter = fieldsOf(rest);
        Fields memory toAfter = fieldsOf(to.put(taken));
        for (uint256 age; age < 4; ++age) {
            assert(fromAfter.lots[age] + toAfter.lots[age] == fromBefore.lots[age] + toBefore.lots[age]);
        }
        assert(sum(fromAfter.lots) + amount == sum(fromBefore.lots));
        assert(sum(toAfter.lots) == sum(toBefore.lots) + amount);
        assert(AccountWord.unwrap(rest) >> 184 == rawFrom >> 184);
        assert(AccountWord.unwrap(to.put(taken)) >> 184 == rawTo >> 184);
    }

    /// @dev The specification of rolling: each lot moves up by the epochs passed, and those that leave the array have expired.
    function age_(Fields memory fields, uint256 steps)
        private
        pure
        returns (Fields memory aged, Fields memory expired)
    {
        (aged.epoch, aged.mark, aged.total) = (fields.epoch + steps, fields.mark, fields.total);
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

    function fieldsOf(AccountWord word) private pure returns (Fields memory fields) {
        uint256 raw = AccountWord.unwrap(word);
        for (uint256 age; age < 4; ++age) {
            fields.lots[age] = raw % 2 ** 46;
            raw /= 2 ** 46;
        }
        fields.total = raw % 2 ** 46;
        fields.mark = raw / 2 ** 46 % 2 ** 10;
        fields.epoch = raw / 2 ** 56;
    }

    function sum(uint256[4] memory lots) private pure returns (uint256) {
        return lots[0] + lots[1] + lots[2] + lots[3];
    }

    function assertSame(Fields memory given, Fields memory expected) private pure {
        assert(given.epoch == expected.epoch);
        assert(given.mark == expected.mark);
        assert(given.total == expected.total);
        for (uint256 age; age < 4; ++age) {
            assert(given.lots[age] == expected.lots[age]);
        }
    }
}
