// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {Deployed} from "./Deployed.sol";

/// @notice The ledger by itself: this contract is its minter, and mints point by point.
///
/// constructor ── short epochs │ start to come │ no tier period ── revert
/// mintBatch ──── another caller ── revert
///            └── new holder │ holder of this epoch │ of an earlier one │ with expired lots │ beyond the limit │ beyond all supply
/// transfer ───── zero sender │ zero receiver │ too much │ expired ── revert
///            └── oldest first │ ages kept │ to oneself │ of nothing │ after expiry on either side
/// transferFrom ─ no allowance ── revert │ finite │ infinite
/// sweep ──────── nothing expired │ some │ all │ an account twice
/// time ───────── last second │ first second after │ tier period │ last epoch
contract PointsTokenTest is Deployed {
    IPointsToken private ledger;

    function setUp() public override {
        super.setUp();
        PointsTerms memory terms = pointsTerms();
        (terms.decimals, terms.tierThresholds) = (2, [uint48(0), 0, 0]);
        ledger = createPointsToken(terms, parts());
    }

    function test_Deployment() public view {
        assertEq(ledger.name(), "Points");
        assertEq(ledger.symbol(), "PTS");
        assertEq(ledger.decimals(), 2);
        assertEq(ledger.epochStart(), EPOCH_START);
        assertEq(ledger.epochLength(), EPOCH_LENGTH);
        assertEq(ledger.tierPeriodEpochs(), TIER_PERIOD_EPOCHS);
        assertEq(ledger.minter(), address(this));
        assertEq(ledger.currentEpoch(), 1);
        assertEq(ledger.validityDuration(), 4);
        assertEq(ledger.issuable(), POINTS_MAX);
        assertEq(ledger.totalSupply(), 0);
    }

    function test_RevertWhen_EpochsAreTooShort() public {
        PointsTerms memory terms = pointsTerms();
        terms.epochLength = 3599;
        expectFault(terms, abi.encodeWithSelector(IPointsToken.EpochTooShort.selector, 3599, 3600));
        terms.epochLength = 0;
        expectFault(terms, abi.encodeWithSelector(IPointsToken.EpochTooShort.selector, 0, 3600));
        terms.epochLength = 3600;
        createPointsToken(terms, parts());
    }

    function test_RevertWhen_EpochsStartInTheFuture() public {
        PointsTerms memory terms = pointsTerms();
        terms.epochStart += 1;
        expectFault(
            terms, abi.encodeWithSelector(IPointsToken.EpochStartInFuture.selector, EPOCH_START + 1, EPOCH_START)
        );
    }

    function test_RevertWhen_TierPeriodIsEmpty() public {
        PointsTerms memory terms = pointsTerms();
        terms.tierPeriodEpochs = 0;
        expectFault(terms, abi.encodeWithSelector(IPointsToken.EmptyTierPeriod.selector));
    }

    // mintBatch

    function test_RevertWhen_MinterIsAnother() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.NotPart.selector, address(this), stranger));
        ledger.mintBatch(onePerUnit(), 1, entry(alice, 1));
    }

    function test_MintToNewHolder() public {
        expectTransfer(address(0), alice, 70);
        mint(alice, 70);
        assertEq(ledger.balanceOf(alice), 70);
        assertEq(ledger.totalSupply(), 70);
        assertEq(ledger.wordOf(alice), word(1, 70, 0, 0, 0, 70));
        assertEq(ledger.supplyWord(), word(1, 70, 0, 0, 0, 70));
    }

    function test_MintInEachEpoch() public {
        for (uint256 epoch = 1; epoch <= 4; ++epoch) {
            warpToEpoch(epoch);
            mint(alice, epoch * 10);
        }
        assertEq(ledger.wordOf(alice), word(4, 100, 10, 20, 30, 40));
        (uint256[4] memory lots, uint256 epochNow) = ledger.lotsOf(alice);
        assertEq(epochNow, 4);
        for (uint256 age; age < 4; ++age) {
            assertEq(lots[age], (4 - age) * 10);
            assertEq(ledger.balanceOfAtEpoch(4 - age, alice), (4 - age) * 10);
        }
        assertEq(ledger.balanceOfAtEpoch(0, alice), 0);
        assertEq(ledger.balanceOfAtEpoch(5, alice), 0);
    }

    function test_MintLogsExpiryFirst() public {
        mint(alice, 10);
        warpToEpoch(2);
        mint(alice, 20);
        warpToEpoch(5);
        expectTransfer(alice, address(0), 10);
        expectTransfer(address(0), alice, 5);
        mint(alice, 5);
        assertEq(ledger.wordOf(alice), word(5, 5, 20, 0, 0, 5), "tier period 1 ended with epoch 4");
    }

    function test_MintIsLimited() public {
        bytes memory entries = bytes.concat(entry(alice, 60), entry(bob, 50), entry(carol, 40), entry(bob, 1));
        (uint256 minted,, RefusalReason[] memory reasons) = ledger.mintBatch(onePerUnit(), 100, entries);
        assertEq(minted, 100);
        assertEq(reasons.length, 4);
        assertTrue(reasons[0] == RefusalReason.None);
        assertTrue(reasons[1] == RefusalReason.BudgetExceeded);
        assertTrue(reasons[2] == RefusalReason.None);
        assertTrue(reasons[3] == RefusalReason.BudgetExceeded);
    }

    function test_AllPointsEver() public {
        mint(alice, POINTS_MAX - 1);
        (uint256 minted,, RefusalReason[] memory reasons) =
            ledger.mintBatch(onePerUnit(), type(uint256).max, entry(bob, 2));
        assertEq(minted, 0);
        assertTrue(reasons[0] == RefusalReason.SupplyExceeded);
        mint(alice, 1);
        assertEq(ledger.balanceOf(alice), POINTS_MAX);
        assertEq(ledger.issuable(), 0);
        warpToEpoch(9);
        assertEq(ledger.totalSupply(), 0);
        assertEq(ledger.issuable(), 0, "expired points were issued all the same");
    }

    // time

    function test_PointsLiveThroughTheLastSecondOfTheirFourthEpoch() public {
        vm.warp(EPOCH_START + EPOCH_LENGTH - 1);
        mint(alice, 10);
        vm.warp(EPOCH_START + 4 * uint256(EPOCH_LENGTH) - 1);
        assertEq(ledger.currentEpoch(), 4);
        assertFalse(ledger.isEpochExpired(1));
        assertEq(ledger.balanceOf(alice), 10);
        assertEq(ledger.totalSupply(), 10);
        assertEq(ledger.balanceOfAtEpoch(1, alice), 10);
        vm.warp(EPOCH_START + 4 * uint256(EPOCH_LENGTH));
        assertEq(ledger.currentEpoch(), 5);
        assertTrue(ledger.isEpochExpired(1));
        assertEq(ledger.balanceOf(alice), 0);
        assertEq(ledger.totalSupply(), 0);
        assertEq(ledger.balanceOfAtEpoch(1, alice), 0);
        assertFalse(ledger.isEpochExpired(2));
        assertFalse(ledger.isEpochExpired(type(uint256).max));
    }

    function test_TotalIsOfTheTierPeriod() public {
        warpToEpoch(4);
        mint(alice, 10);
        mint(alice, 5);
        assertEq(totalOf(ledger.wordOf(alice)), 15);
        warpToEpoch(5);
        mint(alice, 7);
        assertEq(totalOf(ledger.wordOf(alice)), 7);
        warpToEpoch(8);
        mint(alice, 1);
        assertEq(totalOf(ledger.wordOf(alice)), 8);
        assertEq(totalOf(ledger.supplyWord()), 23, "the supply's total is all ever issued");
    }

    function test_TheLastEpochHasNoEnd() public {
        warpToEpoch(65535);
        mint(alice, 10);
        warpToEpoch(70000);
        assertEq(ledger.currentEpoch(), 65535);
        assertEq(ledger.balanceOf(alice), 10);
        mint(alice, 1);
        vm.prank(alice);
        ledger.transfer(bob, 11);
        assertEq(ledger.balanceOf(bob), 11);
    }

    // transfer

    function test_RevertWhen_SenderIsZero() public {
        vm.prank(address(0));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        ledger.transfer(alice, 0);
    }

    function test_RevertWhen_ReceiverIsZero() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        ledger.transfer(address(0), 0);
    }

    function test_RevertWhen_BalanceIsShort() public {
        mint(alice, 10);
        uint256[3] memory amounts = [uint256(11), POINTS_MAX + 1, type(uint256).max];
        for (uint256 i; i < amounts.length; ++i) {
            vm.prank(alice);
            vm.expectRevert(
                abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 10, amounts[i])
            );
            ledger.transfer(bob, amounts[i]);
        }
    }

    function test_RevertWhen_PointsHaveExpired() public {
        mint(alice, 10);
        warpToEpoch(5);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 0, 10));
        ledger.transfer(bob, 10);
    }

    function test_TransferTakesTheOldestFirstAndKeepsAges() public {
        mint(alice, 10);
        warpToEpoch(2);
        mint(alice, 20);
        mint(bob, 3);
        warpToEpoch(3);
        mint(alice, 30);
        vm.prank(alice);
        expectTransfer(alice, bob, 15);
        assertTrue(ledger.transfer(bob, 15));
        assertEq(ledger.wordOf(alice), word(3, 60, 0, 0, 15, 30));
        assertEq(ledger.wordOf(bob), word(3, 3, 0, 10, 8, 0), "a transfer does not count for the tier");
    }

    function test_TransferToOneselfChangesNothing() public {
        mint(alice, 10);
        warpToEpoch(3);
        mint(alice, 5);
        uint256 before = ledger.wordOf(alice);
        vm.prank(alice);
        ledger.transfer(alice, 15);
        assertEq(ledger.wordOf(alice), before);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 15, 16));
        ledger.transfer(alice, 16);
    }

    function test_TransferOfNothing() public {
        vm.prank(alice);
        expectTransfer(alice, bob, 0);
        ledger.transfer(bob, 0);
        assertEq(ledger.balanceOf(bob), 0);
    }

    function test_TransferLogsExpiryOfBothFirst() public {
        mint(alice, 10);
        mint(bob, 20);
        warpToEpoch(4);
        mint(alice, 1);
        warpToEpoch(5);
        vm.prank(alice);
        expectTransfer(alice, address(0), 10);
        expectTransfer(bob, address(0), 20);
        expectTransfer(alice, bob, 1);
        ledger.transfer(bob, 1);
        assertEq(ledger.wordOf(bob), word(5, 0, 0, 0, 1, 0));
    }

    // allowances

    function test_RevertWhen_SpenderIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        ledger.approve(address(0), 1);
    }

    function test_RevertWhen_AllowanceIsShort() public {
        mint(alice, 10);
        vm.prank(alice);
        ledger.approve(bob, 4);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 4, 5));
        ledger.transferFrom(alice, carol, 5);
    }

    function test_RevertWhen_OwnerIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        ledger.transferFrom(address(0), alice, 0);
    }

    function test_AllowanceIsUsedUp() public {
        mint(alice, 10);
        vm.prank(alice);
        vm.expectEmit(address(ledger));
        emit IERC20.Approval(alice, bob, 4);
        assertTrue(ledger.approve(bob, 4));
        vm.prank(bob);
        assertTrue(ledger.transferFrom(alice, carol, 3));
        assertEq(ledger.allowance(alice, bob), 1);
        assertEq(ledger.balanceOf(carol), 3);
    }

    function test_InfiniteAllowanceIsNot() public {
        mint(alice, 10);
        vm.prank(alice);
        ledger.approve(bob, type(uint256).max);
        vm.prank(bob);
        ledger.transferFrom(alice, carol, 10);
        assertEq(ledger.allowance(alice, bob), type(uint256).max);
    }

    // sweep

    function test_SweepLogsWhatExpired() public {
        mint(alice, 10);
        mint(bob, 20);
        warpToEpoch(2);
        mint(bob, 5);
        warpToEpoch(5);
        address[] memory accounts = new address[](4);
        (accounts[0], accounts[1], accounts[2], accounts[3]) = (alice, bob, carol, alice);
        expectTransfer(alice, address(0), 10);
        expectTransfer(bob, address(0), 20);
        vm.prank(stranger);
        assertEq(ledger.sweep(accounts), 30);
        assertEq(ledger.wordOf(bob), word(5, 0, 5, 0, 0, 0));
        assertEq(ledger.sweep(accounts), 0, "once");
    }

    // fuzz

    /// @dev Any lots, any amount, any ages of the two: nothing is lost, nothing is gained, no lot gets younger.
    function testFuzz_TransferNeverGainsPointsOrLife(
        uint32[4] memory mine,
        uint32[4] memory theirs,
        uint256 amount,
        uint256 epoch
    ) public {
        for (uint256 i; i < 4; ++i) {
            warpToEpoch(i + 1);
            if (mine[i] != 0) mint(alice, mine[i]);
            if (theirs[i] != 0) mint(bob, theirs[i]);
        }
        epoch = bound(epoch, 4, 8);
        warpToEpoch(epoch);
        (uint256[4] memory a,) = ledger.lotsOf(alice);
        (uint256[4] memory b,) = ledger.lotsOf(bob);
        uint256 supply = ledger.totalSupply();
        amount = bound(amount, 0, ledger.balanceOf(alice));
        vm.prank(alice);
        ledger.transfer(bob, amount);
        (uint256[4] memory a2,) = ledger.lotsOf(alice);
        (uint256[4] memory b2,) = ledger.lotsOf(bob);
        uint256 moved;
        for (uint256 i; i < 4; ++i) {
            uint256 age = 3 - i;
            assertEq(a2[age] + b2[age], a[age] + b[age]);
            if (a2[age] != 0) assertEq(moved + a[age] - a2[age], amount, "older lots first");
            moved += a[age] - a2[age];
        }
        assertEq(moved, amount);
        assertEq(ledger.totalSupply(), supply);
        assertEq(ledger.balanceOf(alice) + ledger.balanceOf(bob), supply);
    }

    function expectFault(PointsTerms memory terms, bytes memory fault) private {
        vm.expectRevert(fault);
        createPointsToken(terms, parts());
    }

    function expectTransfer(address from, address to, uint256 amount) private {
        vm.expectEmit(address(ledger));
        emit IERC20.Transfer(from, to, amount);
    }

    function mint(address account, uint256 points) private {
        (uint256 minted,,) = ledger.mintBatch(onePerUnit(), points, entry(account, uint48(points)));
        assertEq(minted, points);
    }

    function totalOf(uint256 raw) private pure returns (uint256) {
        return (raw >> 184) & POINTS_MAX;
    }

    function word(uint256 epoch, uint256 total, uint256 lot3, uint256 lot2, uint256 lot1, uint256 lot0)
        private
        pure
        returns (uint256)
    {
        return epoch << 240 | total << 184 | lot3 << 138 | lot2 << 92 | lot1 << 46 | lot0;
    }
}
