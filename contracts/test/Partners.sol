// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Creation} from "./Creation.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IExchangeRegistry} from "../src/interfaces/IExchangeRegistry.sol";
import {IPartnerExchange} from "../src/interfaces/IPartnerExchange.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord, LOT_BITS} from "../src/types/AccountWord.sol";
import {Agreement} from "../src/types/Agreement.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Roles} from "../src/types/Roles.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";

/// @notice Knows the exchanges that it is told of.
contract Registry is IExchangeRegistry {
    mapping(address exchange => bool) public isExchange;

    function add(address exchange) external {
        isExchange[exchange] = true;
    }
}

/// @notice A settlement token that keeps to the standard.
contract Money is ERC20("Money", "MON") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Three programs that know each other, at the first second of epoch 1, and the words that tests of them share: an
/// airline with epochs of 30 days, hotels with epochs of 90 days, and books whose points never expire.
abstract contract Partners is Creation {
    struct Program {
        IAccessManager manager;
        IEarningRules rules;
        IPointsToken token;
        IPartnerExchange exchange;
    }

    uint40 internal constant START = 1_700_000_000;
    uint32 internal constant NOTICE = 30 days;
    uint256 internal constant POINTS_MAX = 2 ** 46 - 1;

    address internal owner = makeAddr("owner");
    address internal operator = makeAddr("operator");
    address internal beneficiary = makeAddr("beneficiary");
    address internal stranger = makeAddr("stranger");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");

    Registry internal registry;
    Money internal money;
    Program internal air;
    Program internal hotel;
    Program internal books;

    function setUp() public virtual {
        vm.warp(START);
        registry = new Registry();
        money = new Money();
        air = newProgram("Miles", 30 days, true, 4);
        hotel = newProgram("Nights", 90 days, true, 6);
        books = newProgram("Pages", 90 days, false, 5);
    }

    function newProgram(string memory name, uint32 epochLength, bool pointsExpire, uint128 parValue)
        internal
        returns (Program memory program)
    {
        program.manager = createAccessManager(owner);
        uint256 nonce = vm.getNonce(address(this));
        address rules = vm.computeCreateAddress(address(this), nonce + 1);
        address exchange = vm.computeCreateAddress(address(this), nonce + 2);
        PointsParts memory parts = PointsParts(address(program.manager), rules, address(0), exchange);
        program.token = newToken(name, epochLength, pointsExpire, parts);
        program.rules = createEarningRules(address(program.manager), address(program.token), NOTICE, 0);
        program.exchange = newExchange(program, parValue);
        registry.add(exchange);
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = IPartnerExchange.sign.selector;
        selectors[1] = IPartnerExchange.terminate.selector;
        selectors[2] = IPartnerExchange.withdraw.selector;
        vm.startPrank(owner);
        program.manager.setTargetFunctionRole(exchange, selectors, Roles.OPERATOR);
        program.manager.grantRole(Roles.OPERATOR, operator, 0);
        vm.stopPrank();
    }

    function newToken(string memory name, uint32 epochLength, bool pointsExpire, PointsParts memory parts)
        internal
        returns (IPointsToken)
    {
        PointsTerms memory terms = PointsTerms({
            name: name,
            symbol: name,
            decimals: 0,
            epochStart: uint40(block.timestamp),
            epochLength: epochLength,
            pointsExpire: pointsExpire,
            tierPeriodEpochs: 4,
            tierThresholds: [uint48(0), 0, 0],
            transferPolicy: TransferPolicy.Open,
            contractURI: ""
        });
        return createPointsToken(terms, parts);
    }

    function newExchange(Program memory program, uint128 parValue) internal returns (IPartnerExchange) {
        bytes memory arguments = abi.encode(program.manager, program.token, registry, parValue);
        return IPartnerExchange(create("PartnerExchange", arguments));
    }

    /// @dev 3 miles are worth 2 nights, at par, and the airline pays 5 for them. 1000 nights a day, for a year.
    function airToHotel() internal view returns (Agreement memory) {
        return Agreement({
            source: address(air.exchange),
            sourcePoints: 3,
            target: address(hotel.exchange),
            targetPoints: 2,
            quota: 1000,
            quotaWindow: 1 days,
            opensAt: START,
            closesAt: START + 365 days,
            settlement: 5,
            settlementToken: address(money),
            beneficiary: beneficiary,
            termsHash: keccak256("agreement")
        });
    }

    /// @dev As {airToHotel} between other programs at another rate, and nothing is paid.
    function freely(Program memory source, uint48 sourcePoints, Program memory target, uint48 targetPoints)
        internal
        view
        returns (Agreement memory agreement)
    {
        agreement = airToHotel();
        (agreement.source, agreement.sourcePoints) = (address(source.exchange), sourcePoints);
        (agreement.target, agreement.targetPoints) = (address(target.exchange), targetPoints);
        (agreement.settlement, agreement.settlementToken, agreement.beneficiary) = (0, address(0), address(0));
    }

    function signAt(address exchange, Agreement memory agreement) internal returns (bytes32 id) {
        vm.prank(operator);
        return IPartnerExchange(exchange).sign(agreement);
    }

    function signBoth(Agreement memory agreement) internal returns (bytes32 id) {
        signAt(agreement.source, agreement);
        return signAt(agreement.target, agreement);
    }

    /// @dev {airToHotel} in force, with an escrow, and 1000 miles for alice.
    function ready(uint256 escrow) internal returns (bytes32 id, Agreement memory agreement) {
        agreement = airToHotel();
        id = signBoth(agreement);
        fund(id, escrow);
        give(air, alice, 1000);
    }

    /// @dev Pays into the escrow of an agreement at the airline, in {money}.
    function fund(bytes32 id, uint256 amount) internal {
        money.mint(address(this), amount);
        money.approve(address(air.exchange), amount);
        air.exchange.deposit(id, amount);
    }

    function terminate(Program memory program, bytes32 id) internal {
        vm.prank(operator);
        program.exchange.terminate(id);
    }

    function convert(address account, Agreement memory agreement, uint48 amount)
        internal
        returns (uint256 burned, uint256 minted)
    {
        vm.prank(account);
        return IPartnerExchange(agreement.source).convert(agreement, amount, account);
    }

    /// @dev Points of the current epoch.
    function give(Program memory program, address account, uint256 points) internal {
        giveLots(program, account, [points, 0, 0, 0]);
    }

    /// @dev Points by age, as a partner's points become them.
    function giveLots(Program memory program, address account, uint256[4] memory points) internal {
        uint256 raw = program.token.currentEpoch() << 240;
        for (uint256 age; age < 4; ++age) {
            raw |= points[age] << (age * LOT_BITS);
        }
        vm.prank(address(program.exchange));
        program.token.mintLots(account, AccountWord.wrap(raw));
    }

    function assertLots(Program memory program, address account, uint256[4] memory expected) internal view {
        (uint256[4] memory lots,) = program.token.lotsOf(account);
        for (uint256 age; age < 4; ++age) {
            assertEq(lots[age], expected[age]);
        }
    }
}
