// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Vm} from "forge-std/Vm.sol";
import {Test} from "forge-std/Test.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AwardGroup, GroupMints} from "../src/types/AwardGroup.sol";
import {Terms} from "../src/types/Terms.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Kept, Receipts} from "./Receipts.sol";

/// @notice A program under test, and who does what in it.
struct Program {
    IPointsToken token;
    IEarningRules rules;
    address owner;
    address operator;
    address guardian;
    address adjuster;
    address rewards;
    address exchange;
    address[2] issuers;
    address stranger;
}

/// @notice What must hold whatever is done, where it is seen while it is done.
enum Promise {
    BatchesInSequence,
    MintsAreProven,
    BudgetsHold,
    IssuerCapsHold,
    NoBalanceFalls,
    TransfersGainNothing,
    OnlyTheAllowedMove,
    PausedStandsStill,
    ClawbacksAreBounded,
    WorseTermsWait,
    NoticeShortensByWaiting,
    EndWaits,
    NothingIsEarnedAfterTheEnd,
    ReceiptsAreNotTooOld,
    RestoredIsWhatWasTaken,
    StrangersAreKeptOut
}

/// @notice What a program should be, kept from its logs and from what was asked of it, in plain mappings.
abstract contract Ghosts is Test {
    struct Spending {
        uint40 at;
        uint216 points;
    }

    /// @dev A batch that was awarded, as its issuer keeps it. `groups` is an encoded Kept[].
    struct Batch {
        address issuer;
        uint64 number;
        uint40 awardedAt;
        bytes groups;
    }

    /// @dev Where in a batch its logs have come to: a group, an entry of it, and the position of its first.
    struct Place {
        uint256 group;
        uint256 index;
        uint256 first;
    }

    uint256 private constant PERIOD_EPOCHS = 4;

    Program internal program;
    IPointsToken internal immutable token;
    IEarningRules internal immutable rules;
    uint256 internal immutable lookBack;
    uint256 internal immutable epochStart;

    /// @notice Five members and, last, one that is a partner's at times.
    address[] public accounts;
    Batch[] internal batches;

    mapping(Promise => bool) public isBroken;
    mapping(address account => int256) public loggedBalance;
    mapping(address account => bool) public hadPoints;
    uint256 public issued;
    mapping(address issuer => uint64) public lastBatch;
    mapping(address account => mapping(uint256 period => uint256)) private earned;
    mapping(address account => mapping(uint256 period => uint256)) private reached;
    mapping(bytes32 purse => Spending[]) private spendings;

    constructor(Program memory program_) {
        program = program_;
        (token, rules) = (program_.token, program_.rules);
        (lookBack, epochStart) = (rules.lookBack(), token.epochStart());
        for (uint160 i = 1; i <= 6; ++i) {
            accounts.push(address(0xa11ce0000 + i));
        }
    }

    /// @notice The tier that the awards and clawbacks of this period and of the last one lead to.
    function tierOf(address account) external view returns (uint256) {
        uint256 period = _period(token.currentEpoch());
        uint256 kept = period == 0 ? 0 : _leadsTo(earned[account][period - 1]);
        return kept > reached[account][period] ? kept : reached[account][period];
    }

    function tierPointsOf(address account) external view returns (uint256) {
        return earned[account][_period(token.currentEpoch())];
    }

    function _hold(Promise promise_, bool held) internal {
        if (!held) isBroken[promise_] = true;
    }

    /// @dev One account of all, to see that its balance does not fall: in a million actions, each of them is it.
    /// @param exempt whose balance may fall; nobody's, where it is the zero account
    modifier noBalanceFalls(address exempt) {
        address watched = accounts[uint256(keccak256(abi.encode(gasleft()))) % 6];
        uint256 before = token.balanceOf(watched);
        _;
        _hold(Promise.NoBalanceFalls, watched == exempt || token.balanceOf(watched) >= before);
    }

    function _isPaused() internal view returns (bool) {
        return block.timestamp < token.pausedUntil();
    }

    function _isFrozen(address account) internal view returns (bool) {
        (, uint40 until) = token.freezeOf(account);
        return until != 0;
    }

    function _isAllowed(address from, address to) internal view returns (bool) {
        TransferPolicy policy = token.transferPolicy();
        if (policy == TransferPolicy.Open || token.isPartner(from) || token.isPartner(to)) return true;
        return policy == TransferPolicy.Members && hadPoints[to];
    }

    /// @dev Spends of a purse, and sums what was spent in the window that ends now.
    function _isWithin(bytes32 purse, uint256 points, uint256 window, uint256 limit) internal returns (bool) {
        Spending[] storage all = spendings[purse];
        all.push(Spending(uint40(block.timestamp), uint216(points)));
        uint256 sum;
        for (uint256 i = all.length; i > 0 && all[i - 1].at + window > block.timestamp; --i) {
            sum += all[i - 1].points;
        }
        return sum <= limit;
    }

    function _purseOf(uint32 ruleId) internal pure returns (bytes32) {
        return bytes32(uint256(ruleId));
    }

    function _purseOf(address issuer) internal pure returns (bytes32) {
        return keccak256(abi.encode(issuer));
    }

    /// @dev Transfers since the logs were recorded, which those of calls that reverted are too: only after one that did not.
    function _read() internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == IERC20.Transfer.selector) _readTransfer(logs[i]);
        }
    }

    function _readTransfer(Vm.Log memory log) internal returns (address to, uint256 amount) {
        address from = address(uint160(uint256(log.topics[1])));
        to = address(uint160(uint256(log.topics[2])));
        amount = abi.decode(log.data, (uint256));
        loggedBalance[from] -= int256(amount);
        loggedBalance[to] += int256(amount);
        hadPoints[to] = true;
    }

    /// @dev The logs of a batch, of entries that were minted and refused in turn.
    function _readBatch(address issuer, uint64 number, AwardGroup[] memory groups, uint256 minted) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        Kept[] memory kept = _keptOf(groups);
        Place memory place;
        uint256 sum;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IERC20.Transfer.selector) {
                _readMint(logs, logs[i], kept, place);
            } else if (topic == IEarningRules.GroupAwarded.selector) {
                sum += _readGroup(issuer, groups[place.group], logs[i]);
                place.first += kept[place.group].points.length;
                (place.group, place.index) = (place.group + 1, 0);
            } else if (topic == IEarningRules.BatchAwarded.selector) {
                _hold(Promise.BatchesInSequence, uint256(logs[i].topics[2]) == ++lastBatch[issuer]);
            }
        }
        issued += sum;
        _hold(Promise.MintsAreProven, sum == minted && rules.batchMints(issuer, number) == _mintsHash(kept));
        _keep(Batch(issuer, number, uint40(block.timestamp), abi.encode(kept)));
    }

    function _unearn(address account, uint256 awardedAt, uint256 points) internal {
        uint256 period = _period(token.currentEpoch());
        if (_period(token.epochAt(awardedAt)) != period) return;
        uint256 total = earned[account][period];
        earned[account][period] = points < total ? total - points : 0;
    }

    function _issue(uint256 points) internal {
        issued += points;
    }

    function _readMint(Vm.Log[] memory logs, Vm.Log memory log, Kept[] memory kept, Place memory place) private {
        (address to, uint256 points) = _readTransfer(log);
        // One to the zero account is of points that expired.
        if (to == address(0)) return;
        // Refused entries are logged after those minted: they are the ones in between.
        while (_isRefused(logs, place.first + place.index)) {
            ++place.index;
        }
        kept[place.group].points[place.index++] = uint48(points);
        _earn(to, points);
    }

    function _readGroup(address issuer, AwardGroup memory group, Vm.Log memory log) private returns (uint256 minted) {
        uint32 version;
        (version,,, minted,) = abi.decode(log.data, (uint32, uint32, uint32, uint256, bytes32));
        if (minted == 0) return 0;
        (Terms memory terms,) = rules.versionOf(group.ruleId, version);
        bool within = _isWithin(_purseOf(group.ruleId), minted, terms.budgetWindow, terms.budget);
        _hold(Promise.BudgetsHold, within);
        within = _isWithin(_purseOf(issuer), minted, 1 days, rules.issuerCapOf(issuer));
        _hold(Promise.IssuerCapsHold, within);
        uint40 announced = rules.endAnnouncedAt();
        _hold(Promise.NothingIsEarnedAfterTheEnd, announced == 0 || group.occurredTo < announced);
        _hold(Promise.ReceiptsAreNotTooOld, group.occurredFrom + lookBack >= block.timestamp);
    }

    function _earn(address account, uint256 points) private {
        uint256 period = _period(token.currentEpoch());
        earned[account][period] += points;
        uint256 tier = _leadsTo(earned[account][period]);
        if (tier > reached[account][period]) reached[account][period] = tier;
    }

    /// @dev Some of the batches, of any age.
    function _keep(Batch memory batch) private {
        if (batches.length < 4) batches.push(batch);
        else batches[uint256(keccak256(batch.groups)) % 4] = batch;
    }

    function _keptOf(AwardGroup[] memory groups) private pure returns (Kept[] memory kept) {
        kept = new Kept[](groups.length);
        for (uint256 g; g < groups.length; ++g) {
            bytes memory entries = groups[g].entries;
            kept[g] = Kept(groups[g].ruleId, groups[g].version, entries, new uint48[](entries.length / 26));
        }
    }

    function _mintsHash(Kept[] memory kept) private view returns (bytes32) {
        GroupMints[] memory mints = new GroupMints[](kept.length);
        for (uint256 g; g < kept.length; ++g) {
            bytes32 hash = Receipts.mintsHashOf(kept[g].entries, kept[g].points);
            mints[g] = GroupMints(kept[g].ruleId, kept[g].version, uint32(kept[g].points.length), hash);
        }
        return keccak256(abi.encode(uint40(block.timestamp), mints));
    }

    function _isRefused(Vm.Log[] memory logs, uint256 position) private pure returns (bool) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] != IEarningRules.AwardRefused.selector) continue;
            if (abi.decode(logs[i].data, (uint32)) == position) return true;
        }
        return false;
    }

    function _period(uint256 epoch) private pure returns (uint256) {
        return (epoch - 1) / PERIOD_EPOCHS;
    }

    function _leadsTo(uint256 total) private pure returns (uint256) {
        return total >= 20_000 ? 3 : total >= 5_000 ? 2 : total >= 1_000 ? 1 : 0;
    }
}
