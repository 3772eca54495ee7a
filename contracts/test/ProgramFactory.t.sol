// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {CREATE3} from "solady/utils/CREATE3.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {IPartnerExchange} from "../src/interfaces/IPartnerExchange.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {IProgramFactory} from "../src/interfaces/IProgramFactory.sol";
import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";
import {Blueprint} from "../src/types/Blueprint.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Program, ProgramKeys, ProgramTerms} from "../src/types/Program.sol";
import {Roles} from "../src/types/Roles.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Creation} from "./Creation.sol";

/// @notice
/// constructor ── no blueprint │ no member account ── revert
/// create ─────── no owner │ faulty terms │ the same salt again ── revert
///            └── predicted addresses │ wiring │ roles and delays │ caps │ keys to come │ one transaction
contract ProgramFactoryTest is Creation {
    bytes32 private constant SALT = "riverside";
    /// EIP-7825: the most that a transaction may use.
    uint256 private constant TRANSACTION_GAS_MAX = 2 ** 24;

    IProgramFactory private factory;
    address private brand = makeAddr("brand");
    address private stranger = makeAddr("stranger");

    function setUp() public {
        vm.warp(1_700_000_000);
        factory = createProgramFactory();
    }

    function test_RevertWhen_ThereIsNoBlueprint() public {
        Program memory blueprints = factory.blueprints();
        address memberAccount = factory.memberAccount();
        blueprints.rewards = makeAddr("nothing");
        vm.expectRevert(abi.encodeWithSelector(Blueprint.NotABlueprint.selector, blueprints.rewards));
        create("ProgramFactory", abi.encode(blueprints, memberAccount));
        blueprints.rewards = address(factory);
        vm.expectRevert(abi.encodeWithSelector(Blueprint.NotABlueprint.selector, blueprints.rewards));
        create("ProgramFactory", abi.encode(blueprints, memberAccount));
        blueprints.rewards = createFrom(hex"600b5981380380925939f3fe7100");
        vm.expectRevert(abi.encodeWithSelector(Blueprint.NotABlueprint.selector, blueprints.rewards));
        create("ProgramFactory", abi.encode(blueprints, memberAccount));
    }

    function test_RevertWhen_ThereIsNoMemberAccount() public {
        Program memory blueprints = factory.blueprints();
        vm.expectRevert(abi.encodeWithSelector(IProgramFactory.NoMemberAccount.selector, stranger));
        create("ProgramFactory", abi.encode(blueprints, stranger));
    }

    function test_RevertWhen_ThereIsNoOwner() public {
        ProgramKeys memory nobody = keys();
        nobody.owner = address(0);
        vm.expectRevert(IProgramFactory.NoOwner.selector);
        factory.create(SALT, terms(), nobody);
    }

    function test_RevertWhen_TermsAreFaulty() public {
        ProgramTerms memory faulty = terms();
        faulty.points.tierPeriodEpochs = 0;
        vm.expectRevert(CREATE3.DeploymentFailed.selector);
        factory.create(SALT, faulty, keys());
    }

    function test_RevertWhen_CreatedTwice() public {
        factory.create(SALT, terms(), keys());
        vm.expectRevert(CREATE3.DeploymentFailed.selector);
        factory.create(SALT, terms(), keys());
    }

    function test_AddressesAreKnownBeforeAndFollowFromCreatorAndSalt() public {
        Program memory predicted = factory.programOf(brand, SALT);
        assertEq(predicted.token.code.length, 0);
        ProgramTerms memory others = terms();
        others.points.name = "Others";
        vm.prank(stranger);
        Program memory other = factory.create(SALT, others, keys());
        Program memory program = created();
        assertEq(abi.encode(program), abi.encode(predicted));
        assertTrue(other.token != program.token);
        assertTrue(factory.programOf(brand, "other").token != program.token);
    }

    function test_TheContractsKnowEachOther() public {
        Program memory program = created();
        IPointsToken token = IPointsToken(program.token);
        assertEq(token.minter(), program.rules);
        assertEq(token.redeemer(), program.rewards);
        assertEq(token.exchange(), program.exchange);
        assertEq(token.name(), "Points");
        assertEq(IEarningRules(program.rules).token(), program.token);
        assertEq(IEarningRules(program.rules).noticePeriod(), 30 days);
        assertEq(IEarningRules(program.rules).lookBack(), 14 days);
        assertEq(IRewards(program.rewards).token(), program.token);
        assertEq(IRewards(program.rewards).vouchers(), program.vouchers);
        assertEq(IVouchers(program.vouchers).rewards(), program.rewards);
        assertEq(IVouchers(program.vouchers).name(), "Points vouchers");
        assertEq(IPartnerExchange(program.exchange).token(), program.token);
        assertEq(IPartnerExchange(program.exchange).registry(), address(factory));
        assertEq(IPartnerExchange(program.exchange).parValue(), 1e18);
        assertEq(IMemberAccounts(program.accounts).implementation(), factory.memberAccount());
        address[6] memory managed =
            [program.token, program.rules, program.rewards, program.vouchers, program.exchange, program.accounts];
        for (uint256 i; i < managed.length; ++i) {
            assertEq(IAccessManaged(managed[i]).authority(), program.manager);
        }
        assertTrue(factory.isExchange(program.exchange));
        assertFalse(factory.isExchange(program.token));
    }

    /// @dev Every restricted function, and who it is for.
    function test_EachFunctionIsOfItsRole() public {
        Program memory program = created();
        assertRole(program, program.rules, IEarningRules.setRule.selector, Roles.OPERATOR);
        assertRole(program, program.rules, IEarningRules.cancelChange.selector, Roles.OPERATOR);
        assertRole(program, program.rules, IEarningRules.award.selector, Roles.ISSUER);
        assertRole(program, program.rules, IEarningRules.clawBack.selector, Roles.ADJUSTER);
        assertRole(program, program.rules, IEarningRules.setNoticePeriod.selector, Roles.OWNER);
        assertRole(program, program.rules, IEarningRules.announceEnd.selector, Roles.OWNER);
        assertRole(program, program.rules, IEarningRules.cancelEnd.selector, Roles.OWNER);
        assertRole(program, program.rules, IEarningRules.setIssuerCap.selector, Roles.OWNER);
        assertRole(program, program.token, IPointsToken.pause.selector, Roles.GUARDIAN);
        assertRole(program, program.token, IPointsToken.unpause.selector, Roles.GUARDIAN);
        assertRole(program, program.token, IPointsToken.freeze.selector, Roles.GUARDIAN);
        assertRole(program, program.token, IPointsToken.unfreeze.selector, Roles.GUARDIAN);
        assertRole(program, program.token, IPointsToken.setPartner.selector, Roles.OPERATOR);
        assertRole(program, program.token, IPointsToken.openTransfers.selector, Roles.OPERATOR);
        assertRole(program, program.token, IPointsToken.setContractURI.selector, Roles.OPERATOR);
        assertRole(program, program.rewards, IRewards.addReward.selector, Roles.OPERATOR);
        assertRole(program, program.rewards, IRewards.changeReward.selector, Roles.OPERATOR);
        assertRole(program, program.rewards, IRewards.closeReward.selector, Roles.OPERATOR);
        assertRole(program, program.rewards, IRewards.refund.selector, Roles.ADJUSTER);
        assertRole(program, program.vouchers, IVouchers.setURI.selector, Roles.OPERATOR);
        assertRole(program, program.vouchers, IVouchers.setContractURI.selector, Roles.OPERATOR);
        assertRole(program, program.exchange, IPartnerExchange.sign.selector, Roles.OPERATOR);
        assertRole(program, program.exchange, IPartnerExchange.terminate.selector, Roles.OPERATOR);
        assertRole(program, program.exchange, IPartnerExchange.withdraw.selector, Roles.OPERATOR);
    }

    function test_EachRoleIsOfItsKey() public {
        Program memory program = created();
        ProgramKeys memory keys_ = keys();
        assertMember(program, Roles.OWNER, keys_.owner, 2 days);
        assertMember(program, Roles.OPERATOR, keys_.operator, 1 days);
        assertMember(program, Roles.ISSUER, keys_.issuer, 0);
        assertMember(program, Roles.GUARDIAN, keys_.guardian, 0);
        assertMember(program, Roles.CUSTODIAN, keys_.custodian, 0);
        assertMember(program, Roles.ADJUSTER, keys_.adjuster, 0);
        IAccessManager manager = IAccessManager(program.manager);
        assertEq(manager.getRoleGuardian(Roles.OPERATOR), Roles.GUARDIAN);
        (bool isMember,) = manager.hasRole(Roles.OWNER, address(factory));
        assertFalse(isMember, "the factory keeps nothing");
        (isMember,) = manager.hasRole(Roles.OWNER, brand);
        assertFalse(isMember, "nor does who created it");
        assertEq(IEarningRules(program.rules).issuerCapOf(keys_.issuer), 1_000_000);
        assertEq(IEarningRules(program.rules).issuerCapOf(keys_.adjuster), 10_000);
        assertTrue(IMemberAccounts(program.accounts).isCustodian(keys_.custodian));
    }

    function test_KeysMayComeLater() public {
        ProgramKeys memory few;
        few.owner = brand;
        vm.prank(brand);
        Program memory program = factory.create(SALT, terms(), few);
        IAccessManager manager = IAccessManager(program.manager);
        for (uint64 role = 1; role <= 5; ++role) {
            (bool isMember,) = manager.hasRole(role, address(0));
            assertFalse(isMember);
        }
        vm.prank(brand);
        manager.grantRole(Roles.ISSUER, stranger, 0);
        (bool granted,) = manager.hasRole(Roles.ISSUER, stranger);
        assertTrue(granted);
    }

    /// forge-config: default.isolate = true
    function test_FitsInATransaction() public {
        vm.prank(brand);
        factory.create(SALT, terms(), keys());
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("program", "creation", gas);
        assertLe(gas, TRANSACTION_GAS_MAX);
    }

    function created() private returns (Program memory) {
        vm.prank(brand);
        return factory.create(SALT, terms(), keys());
    }

    function assertRole(Program memory program, address target, bytes4 selector, uint64 role) private view {
        assertEq(IAccessManager(program.manager).getTargetFunctionRole(target, selector), role);
    }

    function assertMember(Program memory program, uint64 role, address key, uint32 delay) private view {
        (bool isMember, uint32 executionDelay) = IAccessManager(program.manager).hasRole(role, key);
        assertTrue(isMember);
        assertEq(executionDelay, delay);
    }

    function terms() private view returns (ProgramTerms memory) {
        PointsTerms memory points = PointsTerms({
            name: "Points",
            symbol: "PTS",
            decimals: 0,
            epochStart: uint40(block.timestamp),
            epochLength: 90 days,
            pointsExpire: true,
            tierPeriodEpochs: 4,
            tierThresholds: [uint48(1_000), 5_000, 20_000],
            transferPolicy: TransferPolicy.Partners,
            contractURI: "https://example.com/points.json"
        });
        return ProgramTerms(points, 30 days, 14 days, 1e18, "https://example.com/vouchers/{id}.json", "");
    }

    function keys() private returns (ProgramKeys memory) {
        return ProgramKeys({
            owner: makeAddr("owner"),
            operator: makeAddr("operator"),
            issuer: makeAddr("issuer"),
            guardian: makeAddr("guardian"),
            custodian: makeAddr("custodian"),
            adjuster: makeAddr("adjuster"),
            ownerDelay: 2 days,
            operatorDelay: 1 days,
            issuerCap: 1_000_000,
            adjusterCap: 10_000
        });
    }
}
