// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {FreezeReason} from "../src/types/FreezeReason.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Rate} from "../src/types/Rate.sol";
import {RefusalReason} from "../src/types/RefusalReason.sol";
import {TierMultipliers} from "../src/types/Tiers.sol";
import {Deployed} from "./Deployed.sol";
import {Ledger} from "./Ledger.sol";
import {Receipts} from "./Receipts.sol";

/// @notice What a batch does, as the loop in assembly does it and as a ledger of arrays does: the words, the logs in their order, the
/// reasons, the points of each entry.
///
/// accounts ─ few, so that they come again in a batch │ the zero account │ frozen │ partners │ whose points expire │ of earlier tier
///            periods │ that rise in the midst of a batch
/// rates ──── by units │ fixed │ by tier │ capped │ worth nothing
/// limits ─── none │ passed by an entry │ by the sum │ by all points ever
/// programs ─ whose points expire, with tiers and without │ whose points never do
contract ParityTest is Deployed {
    uint256 private constant BATCHES = 6;
    uint256 private constant ENTRIES = 14;
    uint256 private constant PROGRAMS = 3;

    IPointsToken[] private tokens;
    Ledger[] private ledgers;
    uint256 private seed;

    function setUp() public override {
        super.setUp();
        for (uint256 i; i < PROGRAMS; ++i) {
            PointsTerms memory terms = pointsTerms();
            terms.pointsExpire = i != 2;
            if (i == 1) (terms.tierPeriodEpochs, terms.tierThresholds) = (1, [uint48(0), 0, 0]);
            tokens.push(createPointsToken(terms, parts()));
            vm.startPrank(owner);
            manager.grantRole(0, address(this), 0);
            vm.stopPrank();
            ledgers.push(new Ledger(terms));
        }
    }

    /// @dev forge-config: default.fuzz.runs = 512
    function testFuzz_ABatchIsWhatTheArraysSay(uint256 seed_, uint256 program) public {
        seed = seed_;
        (IPointsToken tested, Ledger ledger) = (tokens[program % PROGRAMS], ledgers[program % PROGRAMS]);
        for (uint256 i; i < BATCHES; ++i) {
            _pass();
            _restrict(tested, ledger);
            (Rate memory rate, uint256 limit) = (_rate(), _limit());
            _assertSame(tested, ledger, rate, limit, _entries(rate, i == 0 && _chance(8) ? 40 : 1 + _random(ENTRIES)));
            _assertWords(tested, ledger);
        }
    }

    function _assertSame(IPointsToken tested, Ledger ledger, Rate memory rate, uint256 limit, bytes memory entries)
        private
    {
        vm.recordLogs();
        (uint256 minted, bytes32 mintsHash, RefusalReason[] memory reasons) = tested.mintBatch(rate, limit, entries);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (uint256 expected, uint48[] memory points, RefusalReason[] memory expectedReasons) =
            ledger.mintBatch(tested.currentEpoch(), rate, limit, entries);
        assertEq(minted, expected, "minted");
        assertEq(mintsHash, Receipts.mintsHashOf(entries, points), "points of each");
        _assertReasons(reasons, expectedReasons);
        _assertLogs(logs, ledger.takeLogs());
    }

    /// @dev Where no limit binds, one batch of all entries is many of one.
    function testFuzz_OneByOneIsTheSameAsAllAtOnce(uint256 seed_, uint256 program) public {
        seed = seed_;
        IPointsToken tested = tokens[program % PROGRAMS];
        Ledger ledger = ledgers[program % PROGRAMS];
        Rate memory rate = _rate();
        for (uint256 i; i < 3; ++i) {
            tested.mintBatch(rate, POINTS_MAX, _entries(rate, 5));
            _pass();
        }
        rate = _rate();
        // Within all points ever.
        rate.cap = uint48(1 + _random(1_000_000_000));
        if (tested.issuable() < ENTRIES * uint256(rate.cap)) return;
        bytes memory entries = _entries(rate, ENTRIES);

        uint256 before = vm.snapshotState();
        vm.recordLogs();
        (uint256 atOnce,,) = tested.mintBatch(rate, POINTS_MAX, entries);
        bytes32 logsAtOnce = keccak256(abi.encode(vm.getRecordedLogs()));
        bytes32 wordsAtOnce = keccak256(abi.encode(_words(tested, ledger)));
        vm.revertToState(before);

        vm.recordLogs();
        assertEq(_mintOneByOne(tested, rate, entries), atOnce);
        assertEq(keccak256(abi.encode(vm.getRecordedLogs())), logsAtOnce);
        assertEq(keccak256(abi.encode(_words(tested, ledger))), wordsAtOnce);
    }

    function _mintOneByOne(IPointsToken tested, Rate memory rate, bytes memory entries) private returns (uint256 sum) {
        for (uint256 i; i < ENTRIES; ++i) {
            (address account, uint48 units) = Receipts.entryAt(entries, i);
            (uint256 minted,,) = tested.mintBatch(rate, POINTS_MAX, entry(account, units));
            sum += minted;
        }
    }

    // what happens

    /// @dev Some hours, an epoch, a tier period, or long.
    function _pass() private {
        uint256 kind = _random(6);
        if (kind < 2) return;
        uint256 passed =
            kind == 2 ? _random(1 days) : kind == 5 ? _random(20 * EPOCH_LENGTH) : _random(2 * EPOCH_LENGTH);
        vm.warp(block.timestamp + passed);
    }

    function _restrict(IPointsToken tested, Ledger ledger) private {
        address account = ledger.account(_random(ledger.ACCOUNTS()));
        uint256 kind = _random(5);
        if (kind == 0) tested.freeze(account, FreezeReason.LegalOrder, uint40(block.timestamp + 1));
        else if (kind == 1) tested.unfreeze(account);
        else if (kind <= 3) tested.setPartner(account, kind == 2);
        if (kind <= 1) ledger.setFlag(account, 1, kind == 0);
        else if (kind <= 3) ledger.setFlag(account, 2, kind == 2);
    }

    function _rate() private returns (Rate memory rate) {
        rate.denominator = uint32(1 + _random(_chance(4) ? type(uint32).max : 200));
        if (_chance(3)) rate.fixedPoints = uint48(1 + _random(_chance(8) ? type(uint48).max : 30_000));
        else rate.numerator = uint32(1 + _random(_chance(4) ? type(uint32).max : 200));
        rate.cap = _chance(2) ? type(uint48).max : uint48(1 + _random(_chance(4) ? POINTS_MAX : 20_000));
        uint256 kind = _random(4);
        rate.multipliers = kind == 0
            ? FLAT
            : kind == 1 ? RISING : TierMultipliers.wrap(uint64(kind == 2 ? _random(2 ** 64 - 1) : _random(4_000)));
    }

    function _limit() private returns (uint256) {
        uint256 kind = _random(4);
        return kind < 2 ? type(uint48).max : kind == 2 ? _random(100_000) : _random(2 ** 47);
    }

    function _entries(Rate memory rate, uint256 count) private returns (bytes memory entries) {
        Ledger ledger = ledgers[0];
        for (uint256 i; i < count; ++i) {
            address account = _chance(10) ? address(0) : ledger.account(_random(ledger.ACCOUNTS()));
            uint256 kind = _random(8);
            // Mostly some hundreds of points, whatever the rate; now and then none, or as much as can be.
            uint256 units = kind == 0
                ? 0
                : kind == 1
                    ? _random(type(uint48).max)
                    : _random(10_000) * rate.denominator / (rate.numerator == 0 ? 1 : rate.numerator);
            entries = bytes.concat(entries, entry(account, uint48(units)));
        }
    }

    function _random(uint256 below) private returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed)));
        return seed % below;
    }

    function _chance(uint256 oneIn) private returns (bool) {
        return _random(oneIn) == 0;
    }

    // what is compared

    function _words(IPointsToken tested, Ledger ledger) private view returns (uint256[] memory words) {
        uint256 count = ledger.ACCOUNTS();
        words = new uint256[](count + 2);
        for (uint256 i; i < count; ++i) {
            words[i] = tested.wordOf(ledger.account(i));
        }
        (words[count], words[count + 1]) = (tested.wordOf(address(0)), tested.supplyWord());
    }

    function _assertWords(IPointsToken tested, Ledger ledger) private view {
        uint256[] memory words = _words(tested, ledger);
        uint256[] memory expected = ledger.words();
        assertEq(words.length, expected.length);
        for (uint256 i; i < words.length; ++i) {
            assertEq(words[i], expected[i], "word");
        }
    }

    function _assertReasons(RefusalReason[] memory reasons, RefusalReason[] memory expected) private pure {
        assertEq(reasons.length, expected.length, "reasons");
        for (uint256 i; i < reasons.length; ++i) {
            assertEq(uint256(reasons[i]), uint256(expected[i]), "reason");
        }
    }

    function _assertLogs(Vm.Log[] memory logs, Ledger.Log[] memory expected) private pure {
        assertEq(logs.length, expected.length, "logs");
        for (uint256 i; i < logs.length; ++i) {
            Ledger.Log memory log = expected[i];
            if (log.isTier) {
                assertEq(logs[i].topics[0], IPointsToken.TierChanged.selector);
                assertEq(address(uint160(uint256(logs[i].topics[1]))), log.account);
                assertEq(logs[i].data, abi.encode(log.from, log.to));
            } else {
                assertEq(logs[i].topics[0], IERC20.Transfer.selector);
                bytes32 account = bytes32(uint256(uint160(log.account)));
                assertEq(logs[i].topics[1], log.isMint ? bytes32(0) : account);
                assertEq(logs[i].topics[2], log.isMint ? account : bytes32(0));
                assertEq(logs[i].data, abi.encode(log.to));
            }
        }
    }
}
