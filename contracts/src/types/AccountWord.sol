// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice All that the ledger knows of one account, in one storage word.
///
///   255      240 239  234 233 230 229        184 183    138 137     92 91      46 45       0
///  +------------+--------+-------+--------------+----------+----------+----------+----------+
///  | epoch (16) | flags 6| tier 4|  total (46)  | lot 3    | lot 2    | lot 1    | lot 0    |
///  +------------+--------+-------+--------------+----------+----------+----------+----------+
///
/// epoch  the epoch to which the word was last rolled; 0 in a word that no points were ever put into
/// flags  lowest bit: the account was frozen; next: it is a partner's; the others are 0
/// tier   the tier as of the epoch, 0 to 3
/// total  points earned in the tier period of the epoch (in the word of the supply: points ever issued)
/// lot n  live points earned n epochs before `epoch`; lot 3 expires first
///
/// The epoch is on top, so that one shift reads it.
///
/// Lots on their way from one account to another are a word with an epoch and lots and nothing else.
type AccountWord is uint256;

using AccountWordLibrary for AccountWord global;

/// @dev No lot and no total of any word can exceed this: the ledger never issues more, over all its life.
uint256 constant POINTS_MAX = 2 ** 46 - 1;

/// @dev The epoch in which points are earned, and the three after it.
uint256 constant LIVE_EPOCHS = 4;

/// @dev The largest epoch that a word can hold. It is the last one and has no end.
uint256 constant EPOCH_MAX = type(uint16).max;

/// @dev Bits of a lot, by which a word ages in an epoch.
uint256 constant LOT_BITS = 46;

// Literals, since assembly takes no other constants.
uint256 constant LOTS_MASK = 0xffffffffffffffffffffffffffffffffffffffffffffff;
uint256 constant TOTAL_MASK = 0x3fffffffffff0000000000000000000000000000000000000000000000;
/// @dev flags, tier and total: what a roll leaves alone.
uint256 constant KEPT_MASK = 0xffffffffffffff0000000000000000000000000000000000000000000000;
/// @dev Times points: the points in lot 0 and in the total at once.
uint256 constant EARNED = 0x10000000000000000000000000000000000000000000001;

library AccountWordLibrary {
    uint256 internal constant FROZEN = 1 << 234;
    uint256 internal constant PARTNER = 1 << 235;

    uint256 private constant TOTAL_SHIFT = 184;
    uint256 private constant TIER_SHIFT = 230;
    uint256 private constant TIER_MASK = 0xF << 230;
    uint256 private constant EPOCH_SHIFT = 240;

    function isBlank(AccountWord word) internal pure returns (bool) {
        return AccountWord.unwrap(word) == 0;
    }

    function has(AccountWord word, uint256 flag) internal pure returns (bool) {
        return AccountWord.unwrap(word) & flag != 0;
    }

    function withFlag(AccountWord word, uint256 flag, bool value) internal pure returns (AccountWord) {
        uint256 raw = AccountWord.unwrap(word);
        return AccountWord.wrap(value ? raw | flag : raw & ~flag);
    }

    function epoch(AccountWord word) internal pure returns (uint256) {
        return AccountWord.unwrap(word) >> EPOCH_SHIFT;
    }

    function tier(AccountWord word) internal pure returns (uint256) {
        return (AccountWord.unwrap(word) & TIER_MASK) >> TIER_SHIFT;
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

    /// @dev The points of the lots of `ageMax` and younger.
    function pointsUpTo(AccountWord word, uint256 ageMax) internal pure returns (uint256 sum) {
        for (uint256 age; age <= ageMax; ++age) {
            sum += word.lot(age);
        }
    }

    /// @dev Ages the lots up to `toEpoch`, which is never before the word's own, by `agingBits` in each: LOT_BITS, or 0 if points do not
    /// age. `gone` has the lots that expired, and nothing else.
    function roll(AccountWord word, uint256 toEpoch, uint256 agingBits)
        internal
        pure
        returns (AccountWord rolled, AccountWord gone)
    {
        uint256 raw = AccountWord.unwrap(word);
        uint256 lots = raw & LOTS_MASK;
        // unchecked: time does not run backwards. A shift by more than a word leaves nothing, which is right.
        unchecked {
            uint256 shift = (toEpoch - (raw >> EPOCH_SHIFT)) * agingBits;
            uint256 live = (lots << shift) & LOTS_MASK;
            gone = AccountWord.wrap(lots ^ (live >> shift));
            rolled = AccountWord.wrap((toEpoch << EPOCH_SHIFT) | (raw & KEPT_MASK) | live);
        }
    }

    function withTier(AccountWord word, uint256 tier_) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~TIER_MASK) | (tier_ << TIER_SHIFT));
    }

    function withTotal(AccountWord word, uint256 total_) internal pure returns (AccountWord) {
        return AccountWord.wrap((AccountWord.unwrap(word) & ~TOTAL_MASK) | (total_ << TOTAL_SHIFT));
    }

    /// @dev Adds to lot 0 and to the total. The caller keeps all points ever issued within POINTS_MAX.
    function earn(AccountWord word, uint256 earned) internal pure returns (AccountWord) {
        // unchecked: neither field can overflow into the next, since each counts points that were issued.
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word) + earned * EARNED);
        }
    }

    /// @dev Takes `amount` out of the oldest lots first, of those of `ageMax` and younger. `taken` has these lots at their ages.
    /// The caller has checked that they hold `amount`.
    function take(AccountWord word, uint256 amount, uint256 ageMax)
        internal
        pure
        returns (AccountWord rest, AccountWord taken)
    {
        uint256 lots;
        // unchecked: no part is larger than its lot or than what is still to be taken.
        unchecked {
            for (uint256 age = ageMax + 1; age-- > 0;) {
                uint256 part = word.lot(age);
                if (part > amount) part = amount;
                amount -= part;
                lots |= part << (age * LOT_BITS);
            }
        }
        return _split(word, lots);
    }

    /// @dev As {take}, out of the lot at `age` alone, which the caller has checked to hold `amount`.
    function takeAt(AccountWord word, uint256 age, uint256 amount)
        internal
        pure
        returns (AccountWord rest, AccountWord taken)
    {
        return _split(word, amount << (age * LOT_BITS));
    }

    /// @dev Adds lots of the same epoch. The caller keeps all points ever issued within POINTS_MAX.
    function put(AccountWord word, AccountWord lots) internal pure returns (AccountWord) {
        // unchecked: the points of both words were issued, so no lot of their sum exceeds POINTS_MAX.
        unchecked {
            return AccountWord.wrap(AccountWord.unwrap(word) + (AccountWord.unwrap(lots) & LOTS_MASK));
        }
    }

    /// @dev Takes out lots that the word holds.
    function remove(AccountWord word, AccountWord lots) internal pure returns (AccountWord rest) {
        (rest,) = _split(word, AccountWord.unwrap(lots) & LOTS_MASK);
    }

    /// @dev The lots of a word, without what it says of the account.
    function onlyLots(AccountWord word) internal pure returns (AccountWord) {
        return AccountWord.wrap(AccountWord.unwrap(word) & ~KEPT_MASK);
    }

    function _split(AccountWord word, uint256 lots) private pure returns (AccountWord rest, AccountWord taken) {
        // unchecked: each lot holds what is taken out of it.
        unchecked {
            uint256 raw = AccountWord.unwrap(word);
            rest = AccountWord.wrap(raw - lots);
            taken = AccountWord.wrap((raw & ~(KEPT_MASK | LOTS_MASK)) | lots);
        }
    }
}
