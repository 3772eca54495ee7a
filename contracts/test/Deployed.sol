// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Creation} from "./Creation.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {Roles} from "../src/types/Roles.sol";
import {Terms} from "../src/types/Terms.sol";

/// @notice A program as it is deployed, at the first second of epoch 1, and the words that tests of it share.
abstract contract Deployed is Creation {
    uint40 internal constant EPOCH_START = 1_700_000_000;
    uint32 internal constant EPOCH_LENGTH = 90 days;
    uint16 internal constant TIER_PERIOD_EPOCHS = 4;
    uint256 internal constant POINTS_MAX = 2 ** 46 - 1;
    bytes32 internal constant ROOT = keccak256("receipts");

    uint32 internal constant PURCHASE = 1;
    uint32 internal constant VISIT = 2;

    address internal owner = makeAddr("owner");
    address internal operator = makeAddr("operator");
    address internal issuer = makeAddr("issuer");
    address internal custodian = makeAddr("custodian");
    address internal stranger = makeAddr("stranger");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");

    AccessManager internal manager;
    IPointsToken internal token;
    IEarningRules internal rules;

    function setUp() public virtual {
        vm.warp(EPOCH_START);
        manager = new AccessManager(owner);
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        token = createPointsToken("Points", "PTS", 0, EPOCH_START, EPOCH_LENGTH, TIER_PERIOD_EPOCHS, predicted);
        rules = createEarningRules(address(manager), address(token));

        vm.startPrank(owner);
        manager.grantRole(Roles.OPERATOR, operator, 0);
        manager.grantRole(Roles.ISSUER, issuer, 0);
        manager.grantRole(Roles.CUSTODIAN, custodian, 0);
        manager.setTargetFunctionRole(address(rules), _selectors(rules.setRule.selector), Roles.OPERATOR);
        manager.setTargetFunctionRole(address(rules), _selectors(rules.award.selector), Roles.ISSUER);
        vm.stopPrank();

        setRule(PURCHASE, purchaseTerms());
        setRule(VISIT, visitTerms());
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
            termsHash: keccak256("terms")
        });
    }

    /// @dev 25 points, whatever the units.
    function visitTerms() internal pure returns (Terms memory terms) {
        terms = purchaseTerms();
        terms.numerator = 0;
        terms.fixedPoints = 25;
    }

    function setRule(uint32 ruleId, Terms memory terms) internal returns (uint32 version) {
        vm.prank(operator);
        return rules.setRule(ruleId, terms);
    }

    /// @dev The issuer's next batch.
    function award(uint32 ruleId, bytes memory entries) internal returns (uint256 minted) {
        uint64 batchNumber = rules.batchCount(issuer) + 1;
        vm.prank(issuer);
        return rules.award(batchNumber, ruleId, entries, ROOT);
    }

    /// @dev Points for one account, through the purchase rule.
    function give(address account, uint256 points) internal {
        assertEq(award(PURCHASE, entry(account, uint48(points * 100))), points);
    }

    function entry(address account, uint48 units) internal pure returns (bytes memory) {
        return abi.encodePacked(account, units);
    }

    /// @dev First second of an epoch.
    function warpToEpoch(uint256 epoch) internal {
        vm.warp(EPOCH_START + (epoch - 1) * EPOCH_LENGTH);
    }

    function _selectors(bytes4 selector) internal pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](1);
        selectors[0] = selector;
    }
}
