// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {POINTS_MAX} from "../../src/types/AccountWord.sol";
import {TierMultipliers, TierThresholds, TierThresholdsLibrary} from "../../src/types/Tiers.sol";

/// @notice The packed thresholds and multipliers against arrays.
contract TiersProofs {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev A total leads to as many tiers as it has reached thresholds.
    function check_TierOf(uint48 first, uint48 second, uint48 third, uint256 total) public pure {
        uint48[3] memory thresholds = [first, second, third];
        vm.assume(isValid(thresholds) && total <= POINTS_MAX);
        uint256 reached;
        for (uint256 i; i < 3; ++i) {
            if (thresholds[i] != 0 && total >= thresholds[i]) ++reached;
        }
        assert(TierThresholdsLibrary.pack(thresholds).tierOf(total) == reached);
    }

    /// @dev Exactly those thresholds are refused that do not rise, leave a gap or are beyond all points.
    function check_PackRefusesWhatIsInvalid(uint48 first, uint48 second, uint48 third) public view {
        uint48[3] memory thresholds = [first, second, third];
        (bool accepted,) = address(this).staticcall(abi.encodeCall(this.pack, (thresholds)));
        assert(accepted == isValid(thresholds));
    }

    function check_LargestOfIsOneLessThanTheNextThreshold(uint48 first, uint48 second, uint48 third) public pure {
        uint48[3] memory thresholds = [first, second, third];
        vm.assume(isValid(thresholds));
        TierThresholds packed = TierThresholdsLibrary.pack(thresholds);
        for (uint256 tier; tier < 3; ++tier) {
            assert(packed.largestOf(tier) == (thresholds[tier] == 0 ? POINTS_MAX : thresholds[tier] - 1));
        }
        assert(packed.largestOf(3) == POINTS_MAX);
    }

    function check_MultipliersByTier(uint64 raw, uint64 rawNext) public pure {
        TierMultipliers current = TierMultipliers.wrap(raw);
        TierMultipliers next = TierMultipliers.wrap(rawNext);
        bool worse;
        for (uint256 tier; tier < 4; ++tier) {
            assert(current.inTier(tier) == raw % 2 ** 16);
            if (rawNext % 2 ** 16 < raw % 2 ** 16) worse = true;
            (raw, rawNext) = (raw / 2 ** 16, rawNext / 2 ** 16);
        }
        assert(current.isWorse(next) == worse);
    }

    function pack(uint48[3] calldata thresholds) external pure returns (TierThresholds) {
        return TierThresholdsLibrary.pack(thresholds);
    }

    function isValid(uint48[3] memory thresholds) private pure returns (bool) {
        (uint256 first, uint256 second, uint256 third) = (thresholds[0], thresholds[1], thresholds[2]);
        if (first > POINTS_MAX || second > POINTS_MAX || third > POINTS_MAX) return false;
        if (first == 0) return second == 0 && third == 0;
        if (second == 0) return third == 0;
        return first < second && (third == 0 || second < third);
    }
}
