// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice All that the ledger knows of one account, in one storage word.
///
///   255      240 239  234 233 230 229        184 183    138 137     92 91      46 45       0
///  +------------+--------+-------+--------------+----------+----------+----------+----------+
///  | epoch (16) | flags 6| tier 4|  total (46)  | lot 3    | lot 2    | lot 1    | lot 0    |
///  +------------+--------+-------+--------------+----------+----------+----------+----------+
///
/// epoch  the epoch to which the word was last rolled; 0 in a word never written, which is all zero
/// total  points earned in the tier period (in the word of the supply: points ever issued)
/// lot n  live points earned n epochs before `epoch`; lot 3 expires first
///
/// The epoch is on top, so that one shift reads it. Tier and flags are carried and not yet read.
type AccountWord is uint256;

using AccountWordLibrary for AccountWord global;

/// @dev No lot and no total of any word can exceed this: the ledger never issues more, over all its life.
uint256 constant POINTS_MAX = 2 ** 46 - 1;

/// @dev The epoch in which points are earned, and the three after it.
uint256 constant LIVE_EPOCHS = 4;

/// @dev The largest epoch that a word can hold. It is the last one and has no end.
uint256 constant EPOCH_MAX = type(uint16).max;

library AccountWordLibrary {
    uint256 private constant LOT_BITS = 46;
    uint256 private constant LOTS_BITS = 184;
    uint256 private constant LOTS_MASK = 2 ** 184 - 1;
    uint256 private constant TOTAL_SHIFT = 184;
    uint256 private constant TOTAL_MASK = (2 ** 46 - 1) << 184;
    uint256 private constant EPOCH_SHIFT = 240;
    /// @dev flags, tier and total: what a roll of the lots leaves alone.
    uint256 private constant KEPT_MASK = (2 ** 56 - 1) << 184;
    /// @dev Times points: the points in lot 0 and in the total at once.
    uint256 private constant EARNED = 2 ** 184 + 1;

    /// @dev A blank word, rolled to `epoch_`.
    function fresh(uint256 epoch_) internal pure returns (AccountWord) {
        return AccountWord.wrap(epoch_ << EPOCH_SHIFT);
    }

    function isBlank(AccountWord word) internal pure returns (bool) {
        return AccountWord.unwrap(word) == 0;
    }

    function epoch(AccountWord word) internal pure returns (uint256) {
        return AccountWord.unwrap(word) >> EPOCH_SHIFT;
    }

    function total(AccountWord word) internal pure returns (uint256) {
        return (AccountWord.unwrap(word) >> TOTAL_SHIFT) & POINTS_MAX;
    }

    function lot(AccountWord word, uint256 age) internal pure returns (uint256) {
        // unchecked: ages are below LIVE_EPOCHS.
        unchecked {
            return (AccountWord.unwrap(word) >> (age * LOT_BITS)) & POINTS_MAX;
        }
    }

    /// @dev The points of all four lots.
    function points(AccountWord word) internal pure returns (uint256) {
        return word.lot(0) + word.lot(1) + word.lot(2) + word.lot(3);
    }

    /// @dev Ages the lots up to `toEpoch`, which is never before the word's own. `gone` has the lots that expired, and nothing else.
    function rollLots(AccountWord word, uint256 toEpoch) internal pure returns (AccountWord rolled, AccountWord gone) {
        return _roll(word, toEpoch, KEPT_MASK);
    }

    /// @dev As {rollLots}, and the total begins again if the word's epoch is before `periodStart`, the first epoch of the tier
    /// period of `toEpoch`.
    function roll(AccountWord word, uint256 toEpoch, uint256 periodStart)
        internal
        pure
        returns (AccountWord rolled, AccountWord gone)
    {
        // unchecked: the top bit of the difference tells, without a branch, whether it is negative.
        unchecked {
            return _roll(word, toEpoch, KEPT_MASK ^ (TOTAL_MASK * ((word.epoch() - periodStart) >> 255)));
        }
    }

    function _roll(AccountWord word, uint256 toEpoch, uint256 keptMask)
        private
        pure
        returns (AccountWord rolled, AccountWord gone)
    {
        uint256 raw = AccountWord.unwrap(word);
        uint256 lots = raw & LOTS_MASK;
        // unchecked: time does not run backwards. A shift by more than a word leaves nothing, which is right.
        unchecked {
            uint256 shift = (toEpoch - (raw >> EPOCH_SHIFT)) * LOT_BITS;
            uint256 live = (lots << shift) & LOTS_MASK;
            gone = AccountWord.wrap(lots ^ (live >> shift));
            rolled = AccountWord.wrap((toEpoch << EPOCH_SHIFT) | (raw & keptMask) | live);
        }
    }

    /// @dev Adds to lot 0 and to the total. The caller keeps all points ever issued within POINTS_MAX.
    function earn(AccountWord word, uint256 earned) internal pure returns (AccountWord) {
        // unchecked: neither field can overflow into the next, since each counts points that were issued.
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word) + earned * EARNED);
        }
    }

    /// @dev Takes `amount` out of the oldest lots first. `taken` has these lots at their ages, and nothing else.
    /// The caller has checked that the word holds `amount`.
    function take(AccountWord word, uint256 amount) internal pure returns (AccountWord rest, AccountWord taken) {
        uint256 lots;
        // unchecked: no part is larger than its lot or than what is still to be taken.
        unchecked {
            for (uint256 age = LIVE_EPOCHS; age-- > 0;) {
                uint256 part = word.lot(age);
                if (part > amount) part = amount;
                amount -= part;
                lots |= part << (age * LOT_BITS);
            }
            rest = AccountWord.wrap(AccountWord.unwrap(word) - lots);
        }
        taken = AccountWord.wrap(lots);
    }

    /// @dev As {take}, out of the lot at `age` alone, which the caller has checked to hold `amount`.
    function takeAt(AccountWord word, uint256 age, uint256 amount)
        internal
        pure
        returns (AccountWord rest, AccountWord taken)
    {
        // unchecked: the lot holds what is taken out of it, and ages are below LIVE_EPOCHS.
        unchecked {
            uint256 lots = amount << (age * LOT_BITS);
            rest = AccountWord.wrap(AccountWord.unwrap(word) - lots);
            taken = AccountWord.wrap(lots);
        }
    }

    /// @dev Adds lots that {take} or {takeAt} took from a word of the same epoch.
    function put(AccountWord word, AccountWord taken) internal pure returns (AccountWord) {
        // unchecked: the points of both words were issued, so no lot of their sum exceeds POINTS_MAX.
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word) + AccountWord.unwrap(taken));
        }
    }
}
