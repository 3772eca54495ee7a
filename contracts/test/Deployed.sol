// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Creation} from "./Creation.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Rate} from "../src/types/Rate.sol";
import {Roles} from "../src/types/Roles.sol";
import {Terms} from "../src/types/Terms.sol";
import {TierMultipliers} from "../src/types/Tiers.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";

/// @notice A program as it is deployed, at the first second of epoch 1, and the words that tests of it share.
abstract contract Deployed is Creation {
    uint40 internal constant EPOCH_START = 1_700_000_000;
    uint32 internal constant EPOCH_LENGTH = 90 days;
    uint16 internal constant TIER_PERIOD_EPOCHS = 4;
    uint32 internal constant NOTICE = 30 days;
    uint32 internal constant LOOK_BACK = 14 days;
    uint48 internal constant ISSUER_CAP = type(uint48).max;
    uint256 internal constant POINTS_MAX = 2 ** 46 - 1;
    bytes32 internal constant ROOT = keccak256("receipts");

    /// @dev The same in every tier.
    TierMultipliers internal constant FLAT = TierMultipliers.wrap(0x03e8_03e8_03e8_03e8);
    /// @dev 1, 1.25, 1.5 and 2.
    TierMultipliers internal constant RISING = TierMultipliers.wrap(0x07d0_05dc_04e2_03e8);

    uint32 internal constant PURCHASE = 1;
    uint32 internal constant VISIT = 2;

    address internal owner = makeAddr("owner");
    address internal operator = makeAddr("operator");
    address internal issuer = makeAddr("issuer");
    address internal guardian = makeAddr("guardian");
    address internal custodian = makeAddr("custodian");
    address internal adjuster = makeAddr("adjuster");
    address internal rewards = makeAddr("rewards");
    address internal exchange = makeAddr("exchange");
    address internal stranger = makeAddr("stranger");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    IAccessManager internal manager;
    IPointsToken internal token;
    IEarningRules internal rules;

    function setUp() public virtual {
        vm.warp(EPOCH_START);
        manager = createAccessManager(owner);
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        token = createPointsToken(pointsTerms(), PointsParts(address(manager), predicted, rewards, exchange));
        rules = createEarningRules(address(manager), address(token), NOTICE, LOOK_BACK);

        vm.startPrank(owner);
        manager.grantRole(Roles.OPERATOR, operator, 0);
        manager.grantRole(Roles.ISSUER, issuer, 0);
        manager.grantRole(Roles.GUARDIAN, guardian, 0);
        manager.grantRole(Roles.CUSTODIAN, custodian, 0);
        manager.grantRole(Roles.ADJUSTER, adjuster, 0);
        allow(address(rules), rules.setRule.selector, Roles.OPERATOR);
        allow(address(rules), rules.cancelChange.selector, Roles.OPERATOR);
        allow(address(rules), rules.award.selector, Roles.ISSUER);
        allow(address(rules), rules.clawBack.selector, Roles.ADJUSTER);
        allow(address(token), token.pause.selector, Roles.GUARDIAN);
        allow(address(token), token.unpause.selector, Roles.GUARDIAN);
        allow(address(token), token.freeze.selector, Roles.GUARDIAN);
        allow(address(token), token.unfreeze.selector, Roles.GUARDIAN);
        allow(address(token), token.setPartner.selector, Roles.OPERATOR);
        allow(address(token), token.openTransfers.selector, Roles.OPERATOR);
        allow(address(token), token.setContractURI.selector, Roles.OPERATOR);
        rules.setIssuerCap(issuer, ISSUER_CAP);
        rules.setIssuerCap(adjuster, ISSUER_CAP);
        vm.stopPrank();

        setRule(PURCHASE, purchaseTerms());
        setRule(VISIT, visitTerms());
    }

    /// @dev Of the owner, who is pranked already.
    function allow(address target, bytes4 selector, uint64 role) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    /// @dev Points of four epochs of 90 days, that anyone may transfer; tiers from 1,000, 5,000 and 20,000 points a year on.
    function pointsTerms() internal view virtual returns (PointsTerms memory) {
        return PointsTerms({
            name: "Points",
            symbol: "PTS",
            decimals: 0,
            epochStart: EPOCH_START,
            epochLength: EPOCH_LENGTH,
            pointsExpire: true,
            tierPeriodEpochs: TIER_PERIOD_EPOCHS,
            tierThresholds: [uint48(1_000), 5_000, 20_000],
            transferPolicy: TransferPolicy.Open,
            contractURI: "ipfs://points"
        });
    }

    /// @dev One point for each 100 units, at most 50,000 an award and 10,000,000 a day.
    function purchaseTerms() internal pure returns (Terms memory) {
        return Terms({
            opensAt: EPOCH_START,
            closesAt: type(uint40).max,
            numerator: 1,
            denominator: 100,
            fixedPoints: 0,
            capPerAward: 50_000,
            budget: 10_000_000,
            budgetWindow: 1 days,
            multipliers: FLAT,
            termsHash: keccak256("terms")
        });
    }

    /// @dev 25 points, whatever the units.
    function visitTerms() internal pure returns (Terms memory terms) {
        terms = purchaseTerms();
        terms.numerator = 0;
        terms.fixedPoints = 25;
    }

    /// @dev Of a token that this test mints for.
    function parts() internal view returns (PointsParts memory) {
        return PointsParts(address(manager), address(this), rewards, exchange);
    }

    function setRule(uint32 ruleId, Terms memory terms) internal returns (uint32 version, uint40 effectiveAt) {
        vm.prank(operator);
        return rules.setRule(ruleId, terms);
    }

    /// @dev The issuer's next batch, of receipts that occur now.
    function award(uint32 ruleId, bytes memory entries) internal returns (uint256 minted) {
        uint64 batchNumber = rules.batchCount(issuer) + 1;
        AwardGroup[] memory groups = groupOf(ruleId, entries);
        vm.prank(issuer);
        return rules.award(batchNumber, groups, ROOT);
    }

    /// @dev One group, of receipts that occur now.
    function groupOf(uint32 ruleId, bytes memory entries) internal view returns (AwardGroup[] memory groups) {
        groups = new AwardGroup[](1);
        groups[0] = group(ruleId, entries);
    }

    function group(uint32 ruleId, bytes memory entries) internal view returns (AwardGroup memory) {
        uint40 timestamp = uint40(block.timestamp);
        uint32 version = rules.versionCount(ruleId) == 0 ? 1 : rules.versionAt(ruleId, timestamp);
        return AwardGroup(ruleId, version, timestamp, timestamp, entries);
    }

    /// @dev Points for one account, through the purchase rule.
    function give(address account, uint256 points) internal {
        assertEq(award(PURCHASE, entry(account, uint48(points * 100))), points);
    }

    /// @dev A point for each unit.
    function onePerUnit() internal pure returns (Rate memory) {
        return Rate(1, 1, 0, type(uint48).max, FLAT);
    }

    function entry(address account, uint48 units) internal pure returns (bytes memory) {
        return abi.encodePacked(account, units);
    }

    /// @dev First second of an epoch.
    function warpToEpoch(uint256 epoch) internal {
        vm.warp(EPOCH_START + (epoch - 1) * EPOCH_LENGTH);
    }
}
