// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {MULTIPLIER_ONE, TIERS, TierMultipliers, TierThresholds, TierThresholdsLibrary} from "../../src/types/Tiers.sol";

/// @notice
/// thresholds ── falling │ the same twice │ a gap │ beyond all points ── revert
///            └── none │ one │ two │ three
/// multipliers ─ by tier │ worse in any tier
contract TiersTest is Test {
    uint48 private constant POINTS_MAX = 2 ** 46 - 1;

    function test_RevertWhen_ThresholdsDoNotRise() public {
        expectFault([uint48(5), 4, 6]);
        expectFault([uint48(5), 5, 6]);
        expectFault([uint48(1), 6, 6]);
        expectFault([uint48(1), 6, 5]);
    }

    function test_RevertWhen_ThereIsAGap() public {
        expectFault([uint48(0), 1, 0]);
        expectFault([uint48(0), 0, 1]);
        expectFault([uint48(1), 0, 2]);
        expectFault([uint48(0), 1, 2]);
    }

    function test_RevertWhen_AThresholdIsBeyondAllPoints() public {
        expectFault([POINTS_MAX + 1, 0, 0]);
        expectFault([uint48(1), 2, type(uint48).max]);
    }

    function test_Thresholds() public pure {
        TierThresholds none = TierThresholdsLibrary.pack([uint48(0), 0, 0]);
        assertEq(none.tierOf(POINTS_MAX), 0);
        TierThresholds one = TierThresholdsLibrary.pack([uint48(1), 0, 0]);
        assertEq(one.tierOf(0), 0);
        assertEq(one.tierOf(1), 1);
        assertEq(one.tierOf(POINTS_MAX), 1);
        TierThresholds three = TierThresholdsLibrary.pack([uint48(10), 11, POINTS_MAX]);
        assertEq(three.tierOf(9), 0);
        assertEq(three.tierOf(10), 1);
        assertEq(three.tierOf(11), 2);
        assertEq(three.tierOf(POINTS_MAX - 1), 2);
        assertEq(three.tierOf(POINTS_MAX), 3);
        assertEq(three.largestOf(0), 9);
        assertEq(three.largestOf(3), POINTS_MAX);
    }

    function test_ThresholdsAreLaidOutAsDrawn() public pure {
        TierThresholds packed = TierThresholdsLibrary.pack([uint48(10), 20, 0]);
        uint256 all = POINTS_MAX;
        assertEq(TierThresholds.unwrap(packed), all << 138 | all << 92 | uint256(19) << 46 | 9);
    }

    function test_AThousandThousandthsChangeNothing() public pure {
        assertEq(MULTIPLIER_ONE, 1_000);
        assertEq(TIERS, 4);
    }

    /// @dev Either the thresholds are refused, or a total leads to as many tiers as it has reached thresholds.
    function testFuzz_ATotalLeadsToTheThresholdsItReached(uint48[3] memory thresholds, uint256 total, uint256 ended)
        public
    {
        for (uint256 i = ended % 5; i < 3; ++i) {
            thresholds[i] = 0;
        }
        bool fine = true;
        uint256 reached;
        total = bound(total, 0, POINTS_MAX);
        for (uint256 i; i < 3; ++i) {
            if (thresholds[i] > POINTS_MAX) fine = false;
            if (i > 0 && thresholds[i] != 0 && thresholds[i] <= thresholds[i - 1]) fine = false;
            if (i > 0 && thresholds[i] != 0 && thresholds[i - 1] == 0) fine = false;
            if (thresholds[i] != 0 && total >= thresholds[i]) ++reached;
        }
        if (!fine) return expectFault(thresholds);
        assertEq(TierThresholdsLibrary.pack(thresholds).tierOf(total), reached);
    }

    function testFuzz_MultipliersByTier(uint16[4] memory current, uint16[4] memory next) public pure {
        bool worse;
        TierMultipliers multipliers = pack(current);
        for (uint256 tier; tier < 4; ++tier) {
            assertEq(multipliers.inTier(tier), current[tier]);
            if (next[tier] < current[tier]) worse = true;
        }
        assertEq(multipliers.isWorse(pack(next)), worse);
        assertFalse(multipliers.isWorse(multipliers));
    }

    function pack(uint16[4] memory values) private pure returns (TierMultipliers) {
        return TierMultipliers.wrap(
            uint64(values[3]) << 48 | uint64(values[2]) << 32 | uint64(values[1]) << 16 | uint64(values[0])
        );
    }

    function packed(uint48[3] calldata thresholds) external pure returns (TierThresholds) {
        return TierThresholdsLibrary.pack(thresholds);
    }

    function expectFault(uint48[3] memory thresholds) private {
        vm.expectRevert(abi.encodeWithSelector(TierThresholdsLibrary.InvalidTierThresholds.selector, thresholds));
        this.packed(thresholds);
    }
}
