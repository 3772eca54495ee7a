// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountWord, LIVE_EPOCHS, LOT_BITS} from "./AccountWord.sol";
import {Agreement} from "./Agreement.sol";

/// @notice When the points of a program expire, by age, as of now: `expiries[n]` is the first second in which points earned n epochs ago
/// no longer count. No age expires after a younger one.
struct Lifetimes {
    uint256[LIVE_EPOCHS] expiries;
}

using LifetimesLibrary for Lifetimes global;

library LifetimesLibrary {
    /// @dev How many ages of the source, from 0 on, live at least as long as the oldest points of the target: points that do not can
    /// become none of the target's without gaining life.
    function convertibleAges(Lifetimes memory source, Lifetimes memory target) internal pure returns (uint256 count) {
        while (count < LIVE_EPOCHS && source.expiries[count] >= target.expiries[LIVE_EPOCHS - 1]) ++count;
    }

    /// @dev The lots of the target, as of `targetEpoch`, that `taken` becomes: each at the freshest age that does not outlive it.
    /// All of `taken` are of convertible ages, and become no more than POINTS_MAX.
    ///
    /// What is minted is rounded down once, for all lots. From the youngest lot on, what is left over of a lot counts with the
    /// next older one, so that no point lives longer than any part of what it was made from.
    function convert(
        Lifetimes memory source,
        Lifetimes memory target,
        Agreement memory agreement,
        AccountWord taken,
        uint256 targetEpoch
    ) internal pure returns (AccountWord lots) {
        (lots,) = AccountWord.wrap(0).roll(targetEpoch, LOT_BITS);
        uint256 burned;
        uint256 minted;
        for (uint256 age; age < LIVE_EPOCHS; ++age) {
            uint256 part = taken.lot(age);
            if (part == 0) continue;
            burned += part;
            uint256 mintedSoFar = agreement.mintedRoundedDown(burned);
            uint256 shift = target.ageWithin(source.expiries[age]) * LOT_BITS;
            lots = lots.put(AccountWord.wrap((mintedSoFar - minted) << shift));
            minted = mintedSoFar;
        }
    }

    /// @dev The freshest age that has expired by `expiry`. There is one.
    function ageWithin(Lifetimes memory target, uint256 expiry) internal pure returns (uint256 age) {
        while (target.expiries[age] > expiry) ++age;
    }
}
