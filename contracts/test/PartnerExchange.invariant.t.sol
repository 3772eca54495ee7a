// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Test} from "forge-std/Test.sol";
import {IPartnerExchange} from "../src/interfaces/IPartnerExchange.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {Agreement} from "../src/types/Agreement.sol";
import {Money, Partners} from "./Partners.sol";
import {FeeToken} from "./hostile/FeeToken.sol";

/// @notice Does what may happen between three programs, in any order, and keeps its own account of what was issued and of when it would
/// have expired had nobody converted it.
contract PartnersHandler is Partners {
    struct Conversion {
        uint256 timestamp;
        uint256 minted;
    }

    address[3] public members = [address(0xa11ce), address(0xb0b), address(0xca401)];
    address[2] public settlementTokens;
    Program[3] private _programs;
    bytes32[] private _ids;
    mapping(bytes32 id => Agreement) private _agreements;
    uint256[] private _expiries;
    mapping(uint256 expiry => uint256) private _valueIssued;
    mapping(bytes32 id => Conversion[]) private _conversions;
    uint256 public mostInAWindow;
    mapping(address settlementToken => uint256) public collected;

    constructor() {
        setUp();
        settlementTokens = [address(money), address(new FeeToken())];
        (_programs[0], _programs[1], _programs[2]) = (air, hotel, books);
        for (uint256 route; route < 4; ++route) {
            sign(route, route + 1, 0, route * 7);
        }
        for (uint256 p; p < 3; ++p) {
            earn(p, p, [uint16(9000), 8000, 7000, 6000]);
        }
    }

    /// @dev A new agreement between two programs at a random rate, at par if `discount` is 0.
    function sign(uint256 route, uint256 targetPoints, uint256 discount, uint256 settlement) public {
        if (_ids.length == 24) return;
        (Program memory source, Program memory target) = _route(route);
        Agreement memory agreement = freely(source, 0, target, uint48(bound(targetPoints, 1, 50)));
        uint256 atPar = Math.ceilDiv(agreement.targetPoints * target.exchange.parValue(), source.exchange.parValue());
        agreement.sourcePoints = uint48(atPar + bound(discount, 0, atPar));
        agreement.opensAt = uint40(block.timestamp);
        agreement.closesAt = uint40(block.timestamp + 300 days);
        agreement.quota = 5000;
        agreement.settlement = uint128(settlement % 100);
        if (agreement.settlement != 0) {
            (agreement.settlementToken, agreement.beneficiary) = (settlementTokens[settlement % 2], beneficiary);
        }
        agreement.termsHash = bytes32(_ids.length);
        bytes32 id = signBoth(agreement);
        _ids.push(id);
        _agreements[id] = agreement;
    }

    /// @dev In one case in four: agreements are to live for a while.
    function end(uint256 which, bool bySource, uint256 chance) external {
        if (chance % 4 != 0) return;
        Agreement memory agreement = _agreements[_pick(which)];
        vm.prank(operator);
        IPartnerExchange(bySource ? agreement.source : agreement.target).terminate(_pick(which));
    }

    function earn(uint256 which, uint256 who, uint16[4] memory lots) public {
        Program memory program = _programs[which % 3];
        // Points that never expire have no age.
        if (!program.token.pointsExpire()) (lots[1], lots[2], lots[3]) = (0, 0, 0);
        giveLots(program, members[who % 3], [uint256(lots[0]), lots[1], lots[2], lots[3]]);
        for (uint256 age; age < 4; ++age) {
            if (lots[age] == 0) continue;
            uint256 expiry = program.token.expiryOf(age);
            if (_valueIssued[expiry] == 0) _expiries.push(expiry);
            _valueIssued[expiry] += lots[age] * program.exchange.parValue();
        }
    }

    /// @dev Within what the exchange says can be done, it is done.
    function convert(uint256 which, uint256 from, uint256 to, uint256 amount) external {
        Agreement memory agreement = _agreements[_pick(which)];
        _convert(agreement, members[from % 3], members[to % 3], amount);
    }

    /// @dev All that a member has of one program to another and back, by any two agreements.
    function convertThereAndBack(uint256 there, uint256 back, uint256 who) external {
        _convert(_agreements[_pick(there)], members[who % 3], members[who % 3], type(uint256).max);
        _convert(_agreements[_pick(back)], members[who % 3], members[who % 3], type(uint256).max);
    }

    function transfer(uint256 which, uint256 from, uint256 to, uint256 amount) external {
        IPointsToken token = _programs[which % 3].token;
        amount = bound(amount, 0, token.balanceOf(members[from % 3]));
        vm.prank(members[from % 3]);
        token.transfer(members[to % 3], amount);
    }

    function withdraw(uint256 which, uint256 amount) external {
        bytes32 id = _pick(which);
        IPartnerExchange source = IPartnerExchange(_agreements[id].source);
        if (_agreements[id].settlement == 0) return;
        amount = bound(amount, 0, source.escrowOf(id));
        vm.prank(operator);
        source.withdraw(id, amount, operator);
    }

    function collect(uint256 which, uint256 what) external {
        address settlementToken = settlementTokens[what % 2];
        collected[settlementToken] += _programs[which % 3].exchange.collect(settlementToken, beneficiary);
    }

    function wait(uint256 secondsPassed) external {
        // Mostly hours; now and then months.
        vm.warp(block.timestamp + (secondsPassed % 8 == 0 ? secondsPassed % 100 days : secondsPassed % 20 hours));
    }

    function programAt(uint256 which) external view returns (IPointsToken, IPartnerExchange) {
        return (_programs[which].token, _programs[which].exchange);
    }

    /// @dev What an exchange owes in a settlement token, to the beneficiary and to those who paid in.
    function obligationsOf(uint256 which, address settlementToken) external view returns (uint256 sum) {
        IPartnerExchange exchange = _programs[which].exchange;
        sum = exchange.owedTo(settlementToken, beneficiary);
        for (uint256 i; i < _ids.length; ++i) {
            if (_agreements[_ids[i]].settlementToken == settlementToken) sum += exchange.escrowOf(_ids[i]);
        }
    }

    /// @dev What beneficiaries were paid and are owed.
    function settled(address settlementToken) external view returns (uint256 sum) {
        sum = collected[settlementToken];
        for (uint256 p; p < 3; ++p) {
            sum += _programs[p].exchange.owedTo(settlementToken, beneficiary);
        }
    }

    /// @dev What all that was burned under each agreement costs, rounded up once.
    function priceOfBurned(address settlementToken) external view returns (uint256 price) {
        for (uint256 i; i < _ids.length; ++i) {
            Agreement storage agreement = _agreements[_ids[i]];
            if (agreement.settlementToken != settlementToken) continue;
            uint256 burned = IPartnerExchange(agreement.source).burnedUnder(_ids[i]);
            price += Math.ceilDiv(burned * agreement.settlement, agreement.sourcePoints);
        }
    }

    /// @dev Value at par of all points ever issued that would be live before `moment`.
    function valueIssued(uint256 moment) external view returns (uint256 value) {
        for (uint256 i; i < _expiries.length; ++i) {
            if (_expiries[i] >= moment) value += _valueIssued[_expiries[i]];
        }
    }

    /// @dev Value at par of all points that are live now.
    function valueLive() external view returns (uint256 value) {
        for (uint256 p; p < 3; ++p) {
            value += _programs[p].token.totalSupply() * _programs[p].exchange.parValue();
        }
    }

    function sumOfBalances(uint256 which) public view returns (uint256 sum) {
        for (uint256 m; m < 3; ++m) {
            sum += _programs[which].token.balanceOf(members[m]);
        }
    }

    function _convert(Agreement memory agreement, address from, address to, uint256 amount) private {
        bytes32 id = agreement.id();
        IPartnerExchange source = IPartnerExchange(agreement.source);
        if (!source.isInForce(id)) return;
        uint256 most = source.quotaLeft(id) * agreement.sourcePoints / agreement.targetPoints;
        amount = Math.min(amount, Math.min(most, source.convertibleOf(id, from)));
        (, uint256 expected, uint256 settlement) = source.quote(id, uint48(amount));
        if (expected == 0) return;
        if (settlement > source.escrowOf(id)) _deposit(id, settlement);
        vm.prank(from);
        (, uint256 minted) = source.convert(agreement, uint48(amount), to);
        _conversions[id].push(Conversion(block.timestamp, minted));
        mostInAWindow = Math.max(mostInAWindow, _mintedInTheLastDay(id));
    }

    function _mintedInTheLastDay(bytes32 id) private view returns (uint256 sum) {
        Conversion[] storage conversions = _conversions[id];
        for (uint256 i = conversions.length; i > 0; --i) {
            if (conversions[i - 1].timestamp + 1 days <= block.timestamp) break;
            sum += conversions[i - 1].minted;
        }
    }

    /// @dev Twice as much as must arrive: there may be a fee.
    function _deposit(bytes32 id, uint256 needed) private {
        Money settlementToken = Money(_agreements[id].settlementToken);
        settlementToken.mint(address(this), 2 * needed);
        settlementToken.approve(_agreements[id].source, 2 * needed);
        IPartnerExchange(_agreements[id].source).deposit(id, 2 * needed);
    }

    function _pick(uint256 which) private view returns (bytes32) {
        return _ids[which % _ids.length];
    }

    /// @dev There is no way from points that expire to points that never do.
    function _route(uint256 route) private view returns (Program memory source, Program memory target) {
        uint8[4] memory sources = [0, 1, 2, 2];
        uint8[4] memory targets = [1, 0, 0, 1];
        return (_programs[sources[route % 4]], _programs[targets[route % 4]]);
    }
}

contract PartnerExchangeInvariantTest is Test {
    PartnersHandler private handler;

    function setUp() public {
        handler = new PartnersHandler();
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = handler.sign.selector;
        selectors[1] = handler.end.selector;
        selectors[2] = handler.earn.selector;
        selectors[3] = handler.convert.selector;
        selectors[4] = handler.convertThereAndBack.selector;
        selectors[5] = handler.transfer.selector;
        selectors[6] = handler.withdraw.selector;
        selectors[7] = handler.collect.selector;
        selectors[8] = handler.wait.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_ExchangesHold() public {
        escrowAndDebtsAreCovered();
        settlementsAreThePriceOfWhatWasBurned();
        noWindowMintsMoreThanTheQuota();
        uint256 time = vm.getBlockTimestamp();
        supplyOfEachProgramIsTheSumOfBalances();
        vm.warp(time);
        noPathOfConversionsGainsValueOrLife();
    }

    /// @dev In the second before each expiry to come, of the air's and the hotels' points, and when only points are left that never
    /// expire: all that is then live is worth no more than what was issued and would then be live.
    function noPathOfConversionsGainsValueOrLife() private {
        uint256[9] memory moments;
        for (uint256 i; i < 8; ++i) {
            (IPointsToken token,) = handler.programAt(i / 4);
            moments[i] = token.expiryOf(i % 4);
        }
        moments[8] = block.timestamp + 10_000 days;
        for (uint256 i; i < moments.length; ++i) {
            vm.warp(moments[i] - 1);
            assertLe(handler.valueLive(), handler.valueIssued(moments[i]));
        }
    }

    function supplyOfEachProgramIsTheSumOfBalances() private {
        for (uint256 quarter; quarter < 5; ++quarter) {
            for (uint256 p; p < 3; ++p) {
                (IPointsToken token,) = handler.programAt(p);
                assertEq(token.totalSupply(), handler.sumOfBalances(p));
            }
            vm.warp(block.timestamp + 90 days);
        }
    }

    function escrowAndDebtsAreCovered() private view {
        for (uint256 p; p < 3; ++p) {
            (, IPartnerExchange exchange) = handler.programAt(p);
            for (uint256 t; t < 2; ++t) {
                address settlementToken = handler.settlementTokens(t);
                uint256 held = IERC20(settlementToken).balanceOf(address(exchange));
                assertEq(held, handler.obligationsOf(p, settlementToken));
            }
        }
    }

    /// @dev However many conversions there were.
    function settlementsAreThePriceOfWhatWasBurned() private view {
        for (uint256 t; t < 2; ++t) {
            address settlementToken = handler.settlementTokens(t);
            assertEq(handler.settled(settlementToken), handler.priceOfBurned(settlementToken));
        }
    }

    function noWindowMintsMoreThanTheQuota() private view {
        assertLe(handler.mostInAWindow(), 5000);
    }
}
