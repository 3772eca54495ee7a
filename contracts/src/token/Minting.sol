// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {AccountWord, EARNED, KEPT_MASK, LOTS_MASK, POINTS_MAX, TOTAL_MASK} from "../types/AccountWord.sol";
import {Entries} from "../types/Entries.sol";
import {Mints} from "../types/Mints.sol";
import {Rate} from "../types/Rate.sol";
import {RefusalReason} from "../types/RefusalReason.sol";
import {TIERS} from "../types/Tiers.sol";
import {Parts} from "./Parts.sol";
import {Restrictions} from "./Restrictions.sol";

/// @notice How a batch becomes points. See {IPointsToken}.
/// @dev Awards are what a program pays for, every day. So entries whose account needs nothing but its points added go through a loop in
/// assembly, which stops at any other: an account that points expire from, that changes its tier or its tier period, an entry
/// that cannot be minted. {_mintOne} deals with those, and would with all; a test holds the two together.
abstract contract Minting is Restrictions, Parts {
    using Mints for Mints.Pages;

    // Transfer(address,address,uint256)
    bytes32 private constant TRANSFER = 0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef;
    uint256 private constant TOTAL_SHIFT = 184;

    /// @dev What is the same for all entries of a batch, where the assembly below finds it by its place.
    struct Batch {
        uint256 periodAge; // 0x00, epochs of the tier period that are over
        uint256 epoch; // 0x20
        /// a reference to words that have, by tier, above TOTAL_SHIFT the largest total with which an account stays in it, and in the
        /// lowest 16 bits the multiplier
        uint256[TIERS] tiers; // 0x40
        uint256 agingBits; // 0x60
        uint256 numerator; // 0x80
        uint256 base; // 0xa0
        uint256 divisor; // 0xc0
        uint256 cap; // 0xe0
        uint256 end; // 0x100, of the entries
        uint256 periodStart;
    }

    /// @inheritdoc IPointsToken
    function mintBatch(Rate calldata rate, uint256 limit, bytes calldata entries)
        external
        whenNotPaused
        onlyPart(minter)
        returns (uint256 minted, bytes32 mintsHash, RefusalReason[] memory reasons)
    {
        Batch memory batch = _batch(rate);
        (AccountWord supply,) = _supply.roll(batch.epoch, _agingBits);
        uint256 mintable = Math.min(limit, POINTS_MAX - supply.total());
        Mints.Pages memory pages = Mints.open(entries);
        batch.end = pages.end;
        // Called from two places, as it is here, it is not inlined, and keeps the stack to itself.
        (uint256 cursor, uint256 left) = _mintPlain(batch, pages.begin, pages.points, mintable);
        while (cursor != pages.end) {
            uint256 entry = Entries.read(cursor);
            uint256 points = _mintOne(entry, rate, batch, left);
            if (points == 0) {
                if (reasons.length == 0) reasons = new RefusalReason[](pages.count);
                uint256 position = (cursor - pages.begin) / Entries.ENTRY_BYTES;
                reasons[position] = _reason(entry, rate, batch, limit - (mintable - left));
            }
            pages.setPoints(cursor, points);
            cursor += Entries.ENTRY_BYTES;
            (cursor, left) = _mintPlain(batch, cursor, pages.pointsAt(cursor), left - points);
        }
        minted = mintable - left;
        mintsHash = pages.hash();
        _supply = supply.earn(minted);
    }

    function _batch(Rate calldata rate) private view returns (Batch memory batch) {
        for (uint256 tier; tier < TIERS; ++tier) {
            batch.tiers[tier] = (_thresholds.largestOf(tier) << TOTAL_SHIFT) | rate.multipliers.inTier(tier);
        }
        Rate memory rate_ = rate;
        batch.epoch = currentEpoch();
        batch.periodStart = _periodStart(batch.epoch);
        batch.periodAge = batch.epoch - batch.periodStart;
        batch.agingBits = _agingBits;
        (batch.numerator, batch.base) = (rate_.numerator, rate_.base());
        (batch.divisor, batch.cap) = (rate_.divisor(), rate_.cap);
    }

    /// @dev Mints the entries from `cursor` on up to the first that is not plain, which the one behind the last is not, and stores their
    /// points from `out` on, downwards.
    /// @return the cursor at that entry
    /// @return what is left of `left`
    function _mintPlain(Batch memory batch, uint256 cursor, uint256 out, uint256 left)
        private
        returns (uint256, uint256)
    {
        // assembly: an entry costs 150 gas less than in Solidity, of 400 that are not storage, log and calldata. Arithmetic cannot
        // overflow: 48 bits of units times 32 of numerator, or 48 of fixed points times 32 of denominator, times 16 of
        // multiplier make 96, the divisor is not 0, and what is issued ever stays within POINTS_MAX.
        assembly ("memory-safe") {
            let tiers := mload(add(batch, 0x40))
            let epoch := mload(add(batch, 0x20))
            let numerator := mload(add(batch, 0x80))
            let base := mload(add(batch, 0xa0))
            let divisor := mload(add(batch, 0xc0))
            // No plain award is larger than its share of what is left, so all of them together are within it.
            let largest := div(left, div(sub(mload(add(batch, 0x100)), cursor), 26))
            if gt(largest, mload(add(batch, 0xe0))) { largest := mload(add(batch, 0xe0)) }
            // The second half of what the slot of an account is the hash of.
            mstore(0x20, _accounts.slot)

            for {} 1 { cursor := add(cursor, 26) } {
                let entry := mload(cursor)
                let account := shr(96, entry)
                mstore(0, account)
                let slot := keccak256(0, 0x40)
                let word := sload(slot)
                let passed := sub(epoch, shr(240, word))
                if passed {
                    if word {
                        if gt(passed, mload(batch)) { break }
                        passed := mul(passed, mload(add(batch, 0x60)))
                        if gt(and(word, LOTS_MASK), shr(passed, LOTS_MASK)) { break }
                        word := or(and(word, KEPT_MASK), and(shl(passed, word), LOTS_MASK))
                    }
                    word := or(shl(240, epoch), word)
                }
                // The tier, times 32.
                let tier := mload(add(tiers, and(shr(225, word), 0x1e0)))
                // Stored for the log, and read back lest the compiler computes them again wherever they are used.
                mstore(
                    out,
                    div(mul(add(base, mul(and(shr(48, entry), 0xffffffffffff), numerator)), and(tier, 0xffff)), divisor)
                )
                let points := mload(out)
                // No points wrap, to more than any amount; no account is the zero address.
                if iszero(mul(lt(sub(points, 1), largest), account)) { break }
                word := add(word, mul(points, EARNED))
                // The multiplier below the largest total changes nothing: totals have zeros there.
                if gt(and(word, TOTAL_MASK), tier) { break }
                sstore(slot, word)
                left := sub(left, points)
                log3(out, 0x20, TRANSFER, 0, account)
                out := sub(out, 6)
            }
        }
        return (cursor, left);
    }

    /// @dev Mints any entry that can be minted, with all that goes with it.
    /// @return points 0 if the entry is refused
    function _mintOne(uint256 entry, Rate calldata rate, Batch memory batch, uint256 left)
        private
        returns (uint256 points)
    {
        address to = Entries.accountOf(entry);
        Account storage account = _accounts[to];
        AccountWord word = account.word;
        points = _pointsOf(entry, rate, batch);
        if (to == address(0) || points > left) return 0;
        if (points == 0) return 0;
        word = _roll(to, word, batch.epoch).earn(points);
        emit Transfer(address(0), to, points);
        (uint256 from, uint256 reached) = (word.tier(), _thresholds.tierOf(word.total()));
        if (reached > from) {
            word = word.withTier(reached);
            emit TierChanged(to, from, reached);
        }
        account.word = word;
    }

    function _reason(uint256 entry, Rate calldata rate, Batch memory batch, uint256 limitLeft)
        private
        view
        returns (RefusalReason)
    {
        if (Entries.accountOf(entry) == address(0)) return RefusalReason.ZeroAccount;
        uint256 points = _pointsOf(entry, rate, batch);
        if (points == 0) return RefusalReason.NoPoints;
        return points > limitLeft ? RefusalReason.BudgetExceeded : RefusalReason.SupplyExceeded;
    }

    function _pointsOf(uint256 entry, Rate calldata rate, Batch memory batch) private view returns (uint256) {
        uint256 tier = _tierIn(_accounts[Entries.accountOf(entry)].word, batch.periodStart);
        Rate memory rate_ = rate;
        return rate_.pointsFor(Entries.unitsOf(entry), tier);
    }
}
