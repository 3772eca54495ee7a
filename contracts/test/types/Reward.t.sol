// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Redemption} from "../../src/types/Redemption.sol";
import {Reward, RewardLibrary} from "../../src/types/Reward.sol";
import {VoucherKind} from "../../src/types/VoucherKind.sol";

/// @notice Reverts are seen only through a call.
contract RewardChecker {
    function check(Reward calldata reward) external pure {
        reward.check();
    }
}

/// @notice
/// check ───── price range upside down │ tier too high │ no stock │ endless edition ── revert
///          └─ no limit │ empty window │ vouchers dead when redeemed ── revert
/// isWorse ─── every combination of better, same and worse fields │ another thing │ chosen prices │ editions
contract RewardTest is Test {
    RewardChecker private checker = new RewardChecker();

    // check

    function test_Check() public view {
        checker.check(coupon());
        Reward memory reward = coupon();
        (reward.priceMin, reward.priceMax) = (0, 0);
        (reward.opensAt, reward.closesAt, reward.voucherExpiresAt) = (0, 1, 1);
        (reward.stock, reward.limitPerMember, reward.validFor, reward.tierMin) = (1, 1, 1, 3);
        checker.check(reward);
        reward.kind = VoucherKind.LimitedEdition;
        reward.stock = RewardLibrary.UNLIMITED - 1;
        checker.check(reward);
    }

    function test_RevertWhen_PriceRangeIsUpsideDown() public {
        Reward memory reward = coupon();
        reward.priceMax = reward.priceMin - 1;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidPrice.selector, 100, 99));
        checker.check(reward);
    }

    function test_RevertWhen_NoTierIsThatHigh() public {
        Reward memory reward = coupon();
        reward.tierMin = 4;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidTier.selector, 4));
        checker.check(reward);
    }

    function test_RevertWhen_ThereIsNoStock() public {
        Reward memory reward = coupon();
        reward.stock = 0;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidStock.selector, VoucherKind.Coupon, 0));
        checker.check(reward);
    }

    function test_RevertWhen_AnEditionIsUnlimited() public {
        Reward memory reward = coupon();
        (reward.kind, reward.stock) = (VoucherKind.LimitedEdition, RewardLibrary.UNLIMITED);
        vm.expectRevert(
            abi.encodeWithSelector(
                RewardLibrary.InvalidStock.selector, VoucherKind.LimitedEdition, RewardLibrary.UNLIMITED
            )
        );
        checker.check(reward);
    }

    function test_RevertWhen_TheLimitIsZero() public {
        Reward memory reward = coupon();
        reward.limitPerMember = 0;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidLimit.selector, 0));
        checker.check(reward);
    }

    function test_RevertWhen_TheWindowIsEmpty() public {
        Reward memory reward = coupon();
        reward.closesAt = reward.opensAt;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidWindow.selector, 1000, 1000));
        checker.check(reward);
    }

    function test_RevertWhen_VouchersAreDeadWhenRedeemed() public {
        Reward memory reward = coupon();
        reward.voucherExpiresAt = reward.closesAt - 1;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidValidity.selector, 2000, 1999, 500));
        checker.check(reward);
        reward = coupon();
        reward.validFor = 0;
        vm.expectRevert(abi.encodeWithSelector(RewardLibrary.InvalidValidity.selector, 2000, 3000, 0));
        checker.check(reward);
    }

    // isWorse

    /// @dev Eight fields that are the same, better or worse: all 6,561 combinations.
    function test_IsWorseIfAnyFieldIs() public pure {
        (Reward memory current, Reward memory next) = (coupon(), coupon());
        for (uint256 moves; moves < 3 ** 8; ++moves) {
            (bool worse, uint256 rest) = (false, moves);
            for (uint256 field; field < 8; ++field) {
                move(next, field, rest % 3);
                if (rest % 3 == 2) worse = true;
                rest /= 3;
            }
            if (current.isWorse(next) != worse) revert(vm.toString(moves));
        }
    }

    /// @dev Another kind, bond or document, or several of these, however much better all else is.
    function test_WhatIsNotTheSameThingIsWorse() public pure {
        (Reward memory current, Reward memory next) = (coupon(), coupon());
        for (uint256 others = 1; others < 2 ** 3; ++others) {
            next.kind = others & 1 == 0 ? current.kind : VoucherKind.Invitation;
            next.soulbound = others & 2 != 0;
            next.termsHash = others & 4 == 0 ? current.termsHash : keccak256("other terms");
            for (uint256 moves; moves < 2 ** 8; ++moves) {
                for (uint256 field; field < 8; ++field) {
                    move(next, field, (moves >> field) & 1);
                }
                assertTrue(current.isWorse(next));
                assertTrue(next.isWorse(current));
            }
        }
    }

    function test_AChosenPriceIsBetterTheWiderItIs() public pure {
        Reward memory current = coupon();
        current.priceMax = 200;
        assertFalse(current.isWorse(priced(100, 200)));
        assertFalse(current.isWorse(priced(99, 201)));
        assertTrue(current.isWorse(priced(101, 200)));
        assertTrue(current.isWorse(priced(101, 300)));
        assertTrue(current.isWorse(priced(100, 199)));
        assertTrue(current.isWorse(priced(50, 199)));
    }

    function test_FixedAndChosenPricesAreNotCompared() public pure {
        assertTrue(priced(100, 100).isWorse(priced(100, 101)));
        assertTrue(priced(100, 100).isWorse(priced(50, 100)));
        assertTrue(priced(100, 101).isWorse(priced(100, 100)));
        assertTrue(priced(100, 200).isWorse(priced(1, 1)));
        assertFalse(priced(100, 100).isWorse(priced(0, 0)));
    }

    function test_AnEditionKeepsItsSize() public pure {
        Reward memory current = coupon();
        current.kind = VoucherKind.LimitedEdition;
        Reward memory next = coupon();
        next.kind = VoucherKind.LimitedEdition;
        assertFalse(current.isWorse(next));
        next.stock += 1;
        assertTrue(current.isWorse(next));
        next.stock -= 2;
        assertTrue(current.isWorse(next));
    }

    /// @dev Whoever could redeem under `current` still can, for no more points and vouchers that live no shorter.
    function testFuzz_WhatIsNoWorseOffersAllThatWasOffered(
        uint256[12] memory fields,
        uint256[12] memory nextFields,
        uint256 same,
        uint256 timestamp,
        uint256 quantity,
        uint256 points
    ) public pure {
        for (uint256 i; i < 12; ++i) {
            if ((same >> i) & 1 == 1) nextFields[i] = fields[i];
        }
        (Reward memory current, Reward memory next) = (small(fields), small(nextFields));
        if (current.isWorse(next)) return;
        (timestamp, quantity) = (timestamp % 8, 1 + quantity % 4);
        points = bound(points, current.priceMin * quantity, current.priceMax * quantity);
        for (uint256 tier; tier < 4; ++tier) {
            if (!offers(current, timestamp, tier, quantity, points)) continue;
            uint256 pointsNow = current.hasChosenPrice() ? points : next.priceMin * quantity;
            assertLe(pointsNow, points);
            assertTrue(offers(next, timestamp, tier, quantity, pointsNow));
            assertGe(expiry(next, timestamp), expiry(current, timestamp));
            assertTrue(next.kind == current.kind && next.soulbound == current.soulbound);
        }
    }

    // Redemption

    function testFuzz_ARedemptionKeepsItsLots(uint16 epoch, uint184 lots) public pure {
        Redemption memory redemption;
        (redemption.epoch, redemption.lots) = (epoch, lots);
        assertEq(redemption.taken().epoch(), epoch);
        uint256 sum;
        for (uint256 age; age < 4; ++age) {
            assertEq(redemption.taken().lot(age), (uint256(lots) >> (46 * age)) & (2 ** 46 - 1));
            sum += redemption.taken().lot(age);
        }
        assertEq(redemption.points(), sum);
        assertEq(redemption.isRefunded(), epoch == 0);
        assertEq(redemption.taken().total(), 0);
    }

    function coupon() private pure returns (Reward memory) {
        return Reward({
            kind: VoucherKind.Coupon,
            soulbound: false,
            tierMin: 1,
            priceMin: 100,
            priceMax: 100,
            stock: 10,
            limitPerMember: 2,
            opensAt: 1000,
            closesAt: 2000,
            voucherExpiresAt: 3000,
            validFor: 500,
            termsHash: keccak256("terms")
        });
    }

    function priced(uint48 priceMin, uint48 priceMax) private pure returns (Reward memory reward) {
        reward = coupon();
        (reward.priceMin, reward.priceMax) = (priceMin, priceMax);
    }

    /// @dev Sets a field to what it is in the coupon (0), or to better (1) or worse (2).
    function move(Reward memory reward, uint256 field, uint256 to) private pure {
        if (field == 0) reward.priceMin = reward.priceMax = uint48(pick(to, 100, 99, 101));
        else if (field == 1) reward.tierMin = uint8(pick(to, 1, 0, 2));
        else if (field == 2) reward.stock = uint32(pick(to, 10, 11, 9));
        else if (field == 3) reward.limitPerMember = uint32(pick(to, 2, 3, 1));
        else if (field == 4) reward.opensAt = uint40(pick(to, 1000, 999, 1001));
        else if (field == 5) reward.closesAt = uint40(pick(to, 2000, 2001, 1999));
        else if (field == 6) reward.voucherExpiresAt = uint40(pick(to, 3000, 3001, 2999));
        else reward.validFor = uint32(pick(to, 500, 501, 499));
    }

    function pick(uint256 to, uint256 same, uint256 better, uint256 worse) private pure returns (uint256) {
        return to == 0 ? same : to == 1 ? better : worse;
    }

    function small(uint256[12] memory fields) private pure returns (Reward memory reward) {
        reward.kind = fields[0] % 4 == 0 ? VoucherKind.LimitedEdition : VoucherKind.Coupon;
        reward.soulbound = fields[1] % 2 == 0;
        reward.tierMin = uint8(fields[2] % 4);
        reward.priceMin = uint48(fields[3] % 4);
        reward.priceMax = reward.priceMin + (fields[4] % 2 == 0 ? 0 : uint48(fields[4] % 8));
        reward.stock = uint32(1 + fields[5] % 4);
        reward.limitPerMember = uint32(1 + fields[6] % 4);
        reward.opensAt = uint40(fields[7] % 4);
        reward.closesAt = uint40(4 + fields[8] % 4);
        reward.voucherExpiresAt = reward.closesAt + uint40(fields[9] % 4);
        reward.validFor = uint32(1 + fields[10] % 4);
        reward.termsHash = bytes32(fields[11] % 2);
    }

    function offers(Reward memory reward, uint256 timestamp, uint256 tier, uint256 quantity, uint256 points)
        private
        pure
        returns (bool)
    {
        if (timestamp < reward.opensAt || timestamp >= reward.closesAt || tier < reward.tierMin) return false;
        if (quantity > reward.stock || quantity > reward.limitPerMember) return false;
        if (quantity != 1 && (reward.hasChosenPrice() || reward.kind == VoucherKind.LimitedEdition)) return false;
        return quantity * reward.priceMin <= points && points <= quantity * reward.priceMax;
    }

    function expiry(Reward memory reward, uint256 timestamp) private pure returns (uint256) {
        uint256 end = timestamp + reward.validFor;
        return end < reward.voucherExpiresAt ? end : reward.voucherExpiresAt;
    }
}
