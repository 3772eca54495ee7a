// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {Agreement, AgreementLibrary} from "../../src/types/Agreement.sol";

/// @notice
/// check ──── no rate │ no quota │ quota above all points │ short window │ closed when it opens │ half a settlement ── revert
///        └── a settlement │ none at all
/// checkPar ─ above par ── revert
///        └── at par │ below
/// amounts ── exact │ rounded
contract AgreementTest is Test {
    function check(Agreement memory agreement) external pure {
        agreement.check();
    }

    function checkPar(Agreement memory agreement, uint128 sourcePar, uint128 targetPar) external pure {
        agreement.checkPar(sourcePar, targetPar);
    }

    // check

    function test_ASettlementOrNoneAtAll() public view {
        Agreement memory agreement = sample();
        this.check(agreement);
        (agreement.settlement, agreement.settlementToken, agreement.beneficiary) = (0, address(0), address(0));
        this.check(agreement);
    }

    function test_RevertWhen_ThereIsNoRate() public {
        Agreement memory agreement = sample();
        agreement.sourcePoints = 0;
        expectFault(agreement, abi.encodeWithSelector(AgreementLibrary.InvalidExchangeRate.selector, 0, 2));
        agreement = sample();
        agreement.targetPoints = 0;
        expectFault(agreement, abi.encodeWithSelector(AgreementLibrary.InvalidExchangeRate.selector, 3, 0));
    }

    function test_RevertWhen_QuotaLimitsNothing() public {
        bytes4 selector = AgreementLibrary.InvalidQuota.selector;
        Agreement memory agreement = sample();
        agreement.quota = 0;
        expectFault(agreement, abi.encodeWithSelector(selector, 0, 1 days));
        agreement.quota = 2 ** 46;
        expectFault(agreement, abi.encodeWithSelector(selector, 2 ** 46, 1 days));
        agreement.quota = 2 ** 46 - 1;
        this.check(agreement);
        agreement.quotaWindow = 1 hours - 1;
        expectFault(agreement, abi.encodeWithSelector(selector, 2 ** 46 - 1, 1 hours - 1));
        agreement.quotaWindow = 1 hours;
        this.check(agreement);
    }

    function test_RevertWhen_ItClosesBeforeItOpens() public {
        bytes4 selector = AgreementLibrary.InvalidAgreementPeriod.selector;
        Agreement memory agreement = sample();
        agreement.closesAt = agreement.opensAt;
        expectFault(agreement, abi.encodeWithSelector(selector, 100, 100));
        agreement.closesAt = 99;
        expectFault(agreement, abi.encodeWithSelector(selector, 100, 99));
    }

    /// @dev All eight combinations of amount, token and beneficiary: only all or none of them are good.
    function test_RevertWhen_SettlementIsIncomplete() public {
        for (uint256 parts; parts < 8; ++parts) {
            Agreement memory agreement = sample();
            if (parts & 1 == 0) agreement.settlement = 0;
            if (parts & 2 == 0) agreement.settlementToken = address(0);
            if (parts & 4 == 0) agreement.beneficiary = address(0);
            if (parts != 0 && parts != 7) expectInvalidSettlement(agreement);
            else this.check(agreement);
        }
    }

    function test_RevertWhen_SourceWouldPayItself() public {
        Agreement memory agreement = sample();
        agreement.beneficiary = agreement.source;
        expectInvalidSettlement(agreement);
    }

    // checkPar

    function test_RateMayReachPar() public {
        // 3 points worth 4 each are worth 2 points worth 6 each.
        Agreement memory agreement = sample();
        this.checkPar(agreement, 4, 6);
        this.checkPar(agreement, 5, 6);
        vm.expectRevert(abi.encodeWithSelector(AgreementLibrary.RateAbovePar.selector, 12, 14));
        this.checkPar(agreement, 4, 7);
    }

    function test_ParValuesDoNotOverflow() public view {
        Agreement memory agreement = sample();
        (agreement.sourcePoints, agreement.targetPoints) = (type(uint48).max, type(uint48).max);
        this.checkPar(agreement, type(uint128).max, type(uint128).max);
    }

    // amounts

    function test_EveryRoundingGoesAgainstTheOneWhoConverts() public pure {
        Agreement memory agreement = sample();
        assertEq(agreement.mintedRoundedDown(9), 6, "exact");
        assertEq(agreement.mintedRoundedDown(10), 6);
        assertEq(agreement.mintedRoundedDown(11), 7);
        assertEq(agreement.burnedRoundedUp(6), 9, "exact");
        assertEq(agreement.burnedRoundedUp(7), 11);
        assertEq(agreement.settlementRoundedUp(3), 5, "exact");
        assertEq(agreement.settlementRoundedUp(4), 7);
        assertEq(agreement.settlementRoundedUp(0), 0);
    }

    function testFuzz_BurnedIsTheLeastThatTheMintedCost(Agreement memory agreement, uint48 amount) public pure {
        assumeRate(agreement);
        uint256 minted = agreement.mintedRoundedDown(amount);
        uint256 burned = agreement.burnedRoundedUp(minted);
        assertLe(burned, amount);
        assertEq(agreement.mintedRoundedDown(burned), minted);
        if (burned != 0) assertLt(agreement.mintedRoundedDown(burned - 1), minted);
    }

    function testFuzz_NoValueIsGained(Agreement memory agreement, uint128 sourcePar, uint128 targetPar, uint48 amount)
        public
        view
    {
        assumeRate(agreement);
        try this.checkPar(agreement, sourcePar, targetPar) {
            uint256 minted = agreement.mintedRoundedDown(amount);
            assertLe(minted * targetPar, agreement.burnedRoundedUp(minted) * sourcePar);
        } catch {
            assertLt(uint256(agreement.sourcePoints) * sourcePar, uint256(agreement.targetPoints) * targetPar);
        }
    }

    /// @dev However conversions are cut up, the source pays less than one base unit more than the price of all.
    function testFuzz_ManySettlementsAreRoundedOnce(Agreement memory agreement, uint48[5] memory amounts) public pure {
        assumeRate(agreement);
        uint256 burned;
        uint256 settled;
        for (uint256 i; i < amounts.length; ++i) {
            uint256 before = agreement.settlementRoundedUp(burned);
            burned += amounts[i];
            settled += agreement.settlementRoundedUp(burned) - before;
        }
        assertGe(settled * agreement.sourcePoints, burned * agreement.settlement);
        assertLt(settled * agreement.sourcePoints, burned * agreement.settlement + agreement.sourcePoints);
    }

    function testFuzz_IdTellsEveryField(Agreement memory agreement, uint256 field) public pure {
        bytes32 id = agreement.id();
        assertEq(id, keccak256(abi.encode(agreement)));
        field = field % 12;
        bytes memory raw = abi.encode(agreement);
        raw[32 * field + 31] ^= 0x01;
        Agreement memory other = abi.decode(raw, (Agreement));
        assertNotEq(other.id(), id);
    }

    function sample() private pure returns (Agreement memory) {
        return Agreement({
            source: address(0x5001),
            sourcePoints: 3,
            target: address(0x7a26),
            targetPoints: 2,
            quota: 1000,
            quotaWindow: 1 days,
            opensAt: 100,
            closesAt: 200,
            settlement: 5,
            settlementToken: address(0x70c3),
            beneficiary: address(0xbe4e),
            termsHash: keccak256("agreement")
        });
    }

    function assumeRate(Agreement memory agreement) private pure {
        if (agreement.sourcePoints == 0) agreement.sourcePoints = 1;
        if (agreement.targetPoints == 0) agreement.targetPoints = 1;
    }

    function expectInvalidSettlement(Agreement memory agreement) private {
        expectFault(
            agreement,
            abi.encodeWithSelector(
                AgreementLibrary.InvalidSettlement.selector,
                agreement.settlement,
                agreement.settlementToken,
                agreement.beneficiary
            )
        );
    }

    function expectFault(Agreement memory agreement, bytes memory fault) private {
        vm.expectRevert(fault);
        this.check(agreement);
    }
}
