// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Rate} from "../src/types/Rate.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {TierMultipliers} from "../src/types/Tiers.sol";

/// @notice What the interface of the token says of a batch, in arrays and structs: as slow as it is plain.
contract Ledger {
    uint256 public constant ACCOUNTS = 6;
    uint256 private constant POINTS_MAX = 2 ** 46 - 1;

    struct Account {
        uint256 epoch;
        uint256 flags;
        uint256 tier;
        uint256 total;
        uint256[4] lots;
    }

    /// @dev A Transfer of `to` points, or a TierChanged.
    struct Log {
        bool isTier;
        bool isMint;
        address account;
        uint256 from;
        uint256 to;
    }

    bool private immutable expires;
    uint256 private immutable periodEpochs;
    uint48[3] private thresholds;

    mapping(address => Account) private accounts;
    Account private supply;
    Log[] private logs;

    constructor(PointsTerms memory terms) {
        (expires, periodEpochs, thresholds) = (terms.pointsExpire, terms.tierPeriodEpochs, terms.tierThresholds);
    }

    function account(uint256 index) public pure returns (address) {
        return address(uint160(0xa11ce0000 + index));
    }

    function setFlag(address which, uint256 flag, bool value) external {
        Account storage held = accounts[which];
        held.flags = value ? held.flags | flag : held.flags & ~flag;
    }

    function mintBatch(uint256 epoch, Rate calldata rate, uint256 limit, bytes calldata entries)
        external
        returns (uint256 minted, uint48[] memory points, RefusalReason[] memory reasons)
    {
        _age(supply, epoch);
        uint256 count = entries.length / 26;
        points = new uint48[](count);
        RefusalReason[] memory all = new RefusalReason[](count);
        bool refused;
        for (uint256 i; i < count; ++i) {
            (points[i], all[i]) = _award(bytes26(entries[26 * i:26 * i + 26]), epoch, rate, limit - minted);
            if (all[i] != RefusalReason.None) refused = true;
            minted += points[i];
        }
        if (refused) reasons = all;
    }

    function takeLogs() external returns (Log[] memory taken) {
        taken = logs;
        delete logs;
    }

    /// @dev Of all accounts, of the zero account, which never has any, and of the supply.
    function words() external view returns (uint256[] memory packed) {
        packed = new uint256[](ACCOUNTS + 2);
        for (uint256 i; i < ACCOUNTS; ++i) {
            packed[i] = _pack(accounts[account(i)]);
        }
        packed[ACCOUNTS + 1] = _pack(supply);
    }

    /// @param packed account (20 bytes) and units (6)
    function _award(bytes26 packed, uint256 epoch, Rate calldata rate, uint256 limit)
        private
        returns (uint48, RefusalReason)
    {
        address to = address(bytes20(packed));
        if (to == address(0)) return (0, RefusalReason.ZeroAccount);
        uint256 earned = _earned(rate, uint48(uint208(packed)), _tierNow(to, epoch));
        if (earned == 0) return (0, RefusalReason.NoPoints);
        if (earned > limit) return (0, RefusalReason.BudgetExceeded);
        if (supply.total + earned > POINTS_MAX) return (0, RefusalReason.SupplyExceeded);
        _mint(to, epoch, earned);
        return (uint48(earned), RefusalReason.None);
    }

    function _mint(address to, uint256 epoch, uint256 earned) private {
        Account storage held = accounts[to];
        uint256 tier = _tierNow(to, epoch);
        bool newPeriod = held.epoch < _periodStart(epoch);
        uint256 expired = _age(held, epoch);
        if (expired != 0) logs.push(Log(false, false, to, 0, expired));
        if (newPeriod) held.total = 0;
        if (held.tier != tier) logs.push(Log(true, false, to, held.tier, tier));
        held.tier = tier;
        held.lots[0] += earned;
        held.total += earned;
        logs.push(Log(false, true, to, 0, earned));
        uint256 reached = _leadsTo(held.total);
        if (reached > tier) {
            logs.push(Log(true, false, to, tier, reached));
            held.tier = reached;
        }
        supply.lots[0] += earned;
        supply.total += earned;
    }

    /// @return expired what was in lots that went
    function _age(Account storage held, uint256 epoch) private returns (uint256 expired) {
        for (; expires && held.epoch < epoch && held.epoch != 0; ++held.epoch) {
            expired += held.lots[3];
            for (uint256 age = 3; age > 0; --age) {
                held.lots[age] = held.lots[age - 1];
            }
            held.lots[0] = 0;
        }
        held.epoch = epoch;
    }

    function _tierNow(address who, uint256 epoch) private view returns (uint256) {
        Account storage held = accounts[who];
        uint256 start = _periodStart(epoch);
        if (held.epoch >= start) return held.tier;
        // Of the period before this one, if it was written in it.
        return held.epoch != 0 && start - _periodStart(held.epoch) == periodEpochs ? _leadsTo(held.total) : 0;
    }

    function _periodStart(uint256 epoch) private view returns (uint256) {
        return (epoch - 1) / periodEpochs * periodEpochs + 1;
    }

    function _leadsTo(uint256 total) private view returns (uint256 tier) {
        while (tier < 3 && thresholds[tier] != 0 && total >= thresholds[tier]) {
            ++tier;
        }
    }

    function _earned(Rate calldata rate, uint256 units, uint256 tier) private pure returns (uint256 earned) {
        uint256 multiplier = uint16(TierMultipliers.unwrap(rate.multipliers) >> (16 * tier));
        earned = rate.fixedPoints == 0
            ? units * rate.numerator * multiplier / (uint256(rate.denominator) * 1_000)
            : rate.fixedPoints * multiplier / 1_000;
        if (earned > rate.cap) earned = rate.cap;
    }

    function _pack(Account storage held) private view returns (uint256 word) {
        word = held.epoch << 240 | held.flags << 234 | held.tier << 230 | held.total << 184;
        for (uint256 age; age < 4; ++age) {
            word |= held.lots[age] << (46 * age);
        }
    }
}
