// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccountWord} from "../src/types/AccountWord.sol";
import {AwardGroup, AwardProof} from "../src/types/AwardGroup.sol";
import {ClawbackReason} from "../src/types/ClawbackReason.sol";
import {FreezeReason} from "../src/types/FreezeReason.sol";
import {Rate} from "../src/types/Rate.sol";
import {Terms} from "../src/types/Terms.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Ghosts, Program, Promise} from "./Ghosts.sol";
import {Kept, Receipts} from "./Receipts.sol";

/// @notice Does what may happen to a program, in any order, from one seed each, and what must not, to see it refused.
contract ProgramHandler is Ghosts {
    uint32 public constant RULES = 3;
    uint40 private constant NEVER = type(uint40).max;

    /// @dev A transfer of any kind, and whether it should go through.
    struct Move {
        address from;
        address to;
        address caller;
        bytes call;
        bool allowed;
    }

    struct Announcement {
        uint40 at;
        uint32 notice;
    }

    /// @notice When a worse version was announced, and what the notice period was; 0 where the version is not worse.
    mapping(uint32 ruleId => mapping(uint32 version => Announcement)) public announcements;
    Announcement private endAnnounced;
    uint40 private noticeSetAt;

    AccountWord[] private burned;
    mapping(bytes32 award => bool) private clawedBack;
    uint256 private random;

    constructor(Program memory program_) Ghosts(program_) {}

    // issuers and adjusters

    function award(uint256 seed) external noBalanceFalls(address(0)) {
        random = seed;
        address issuer = program.issuers[_pick(2)];
        AwardGroup[] memory groups = new AwardGroup[](_oneIn(3) ? 2 : 1);
        bytes[] memory entries = new bytes[](groups.length);
        for (uint256 g; g < groups.length; ++g) {
            groups[g] = _group();
            entries[g] = groups[g].entries;
        }
        bytes32 root = Receipts.rootOf(Receipts.leavesOf(entries));
        uint64 number = rules.batchCount(issuer) + 1;
        vm.recordLogs();
        vm.prank(issuer);
        try rules.award(number, groups, root) returns (uint256 minted) {
            _hold(Promise.PausedStandsStill, !_isPaused());
            _readBatch(issuer, number, groups, minted);
        } catch {
            _hold(Promise.PausedStandsStill, _isPaused());
            return;
        }
        if (!_oneIn(4)) return;
        uint64[3] memory others = [number, number + 2, 0];
        bytes memory call = abi.encodeCall(rules.award, (others[_pick(3)], groups, root));
        _hold(Promise.BatchesInSequence, !_call(issuer, address(rules), call));
    }

    function clawBack(uint256 seed) external {
        random = seed;
        if (batches.length == 0) return;
        Batch memory batch = batches[_pick(batches.length)];
        Kept[] memory kept = abi.decode(batch.groups, (Kept[]));
        uint256 group = _pick(kept.length);
        uint256 index = _pick(kept[group].points.length);
        AwardProof memory proof = Receipts.prove(kept, group, index);
        (proof.issuer, proof.batchNumber, proof.awardedAt) = (batch.issuer, batch.number, batch.awardedAt);
        // Mostly within what it minted.
        uint256 minted = kept[group].points[index];
        uint256 points = minted == 0 || _oneIn(6) ? minted + _pick(2) : 1 + _pick(minted);
        (address account,) = Receipts.entryAt(kept[group].entries, index);
        bytes32 id = keccak256(abi.encode(batch.issuer, batch.number, group, index));
        bool allowed = points != 0 && points <= minted && !clawedBack[id]
            && points <= rules.issuerCapLeft(program.adjuster) && !_isPaused();
        _clawBack(proof, account, points, id, allowed);
    }

    // members

    function transfer(uint256 seed) external {
        random = seed;
        _transfer(_move());
    }

    function sweep(uint256 seed) external noBalanceFalls(address(0)) {
        random = seed;
        address[] memory some = new address[](3);
        (some[0], some[1], some[2]) = (_account(), _account(), program.stranger);
        vm.recordLogs();
        token.sweep(some);
        _read();
    }

    // rewards and exchange

    function exchangePoints(uint256 seed) external {
        random = seed;
        uint256 kind = _pick(4);
        if (kind < 2) return _burn(_account());
        if (kind == 2) return _restore();
        _mintLots();
    }
    // guardians, operators and the owner

    function guard(uint256 seed) external noBalanceFalls(address(0)) {
        random = seed;
        uint256 kind = _pick(8);
        uint40 now_ = uint40(block.timestamp);
        bytes memory call = kind < 3
            ? abi.encodeCall(token.freeze, (_account(), FreezeReason(_pick(3)), now_ + 1 + uint40(_pick(90 days))))
            : kind < 5
                ? abi.encodeCall(token.unfreeze, (_account()))
                : kind == 5
                    ? abi.encodeCall(token.pause, (now_ + 1 + uint40(_pick(8 hours))))
                    : abi.encodeCall(token.unpause, ());
        assertTrue(_call(program.guardian, address(token), call));
    }

    function operate(uint256 seed) external {
        random = seed;
        uint256 kind = _pick(8);
        if (kind == 0) {
            bytes memory call = abi.encodeCall(token.setPartner, (accounts[5], _oneIn(2)));
            assertTrue(_call(program.operator, address(token), call));
        } else if (kind == 1 && _oneIn(8)) {
            uint256 next = uint256(token.transferPolicy()) + 1;
            if (next > 2) return;
            bytes memory call = abi.encodeCall(token.openTransfers, (TransferPolicy(next)));
            assertTrue(_call(program.operator, address(token), call));
        } else if (kind == 2) {
            _cancelChange(uint32(1 + _pick(RULES)));
        } else {
            _setRule(uint32(1 + _pick(RULES)));
        }
    }

    function govern(uint256 seed) external {
        random = seed;
        uint256 kind = _pick(6);
        if (kind < 2) {
            address who = kind == 0 ? program.issuers[_pick(2)] : program.adjuster;
            bytes memory call = abi.encodeCall(rules.setIssuerCap, (who, uint48(_pick(200_000))));
            assertTrue(_call(program.owner, address(rules), call));
        } else if (kind < 4) {
            _setNoticePeriod();
        } else if (rules.endAnnouncedAt() == 0 && _oneIn(4)) {
            _announceEnd();
        } else {
            bool allowed = rules.endAnnouncedAt() != 0 && !rules.hasEnded();
            bool done = _call(program.owner, address(rules), abi.encodeCall(rules.cancelEnd, ()));
            _hold(Promise.EndWaits, done == allowed);
        }
    }

    // time and strangers

    /// @dev Mostly hours; now and then days, and epochs.
    function wait(uint256 seed) external {
        random = seed;
        uint256 kind = _pick(8);
        uint32 notice = rules.noticePeriod();
        vm.warp(block.timestamp + _pick(kind == 0 ? 400 days : kind < 3 ? 40 days : 20 hours));
        if (rules.noticePeriod() < notice) {
            _hold(Promise.NoticeShortensByWaiting, noticeSetAt + notice <= block.timestamp);
        }
        if (rules.hasEnded()) {
            _hold(Promise.EndWaits, endAnnounced.at + endAnnounced.notice <= block.timestamp);
        }
    }

    /// @dev Every restricted function, called by those who may not.
    function attack(uint256 seed) external noBalanceFalls(address(0)) {
        random = seed;
        address[4] memory callers = [program.stranger, accounts[_pick(5)], program.issuers[0], address(this)];
        address caller = callers[_pick(4)];
        uint256 kind = _pick(20);
        bool ofToken = kind < 12;
        bytes memory call = ofToken ? _callOfToken(kind) : _callOfRules(kind, caller);
        _hold(Promise.StrangersAreKeptOut, !_call(caller, ofToken ? address(token) : address(rules), call));
        if (!_oneIn(4)) return;
        // Without points, nobody comes among the members by moving none.
        vm.recordLogs();
        if (_call(program.stranger, address(token), abi.encodeCall(token.transfer, (_account(), 0)))) _read();
    }

    // how

    function _transfer(Move memory move) private noBalanceFalls(move.from) {
        uint256[4] memory lots = _lotsOf(move.from, move.to);
        vm.recordLogs();
        bool done = _call(move.caller, address(token), move.call);
        _hold(Promise.OnlyTheAllowedMove, done == move.allowed);
        if (done) _read();
        uint256[4] memory lotsAfter = _lotsOf(move.from, move.to);
        for (uint256 age; age < 4; ++age) {
            _hold(Promise.TransfersGainNothing, lotsAfter[age] == lots[age]);
        }
        if (!_oneIn(4)) return;
        // More than there is never moves.
        bytes memory call = abi.encodeCall(token.transfer, (move.to, token.balanceOf(move.from) + 1));
        _hold(Promise.OnlyTheAllowedMove, !_call(move.from, address(token), call));
    }

    function _move() private returns (Move memory move) {
        (move.from, move.to) = (_account(), _account());
        uint256 kind = _pick(3);
        uint256 epoch = token.currentEpoch() - _pick(_lesser(token.currentEpoch(), 4));
        uint256 held = kind == 1 ? token.balanceOfAtEpoch(epoch, move.from) : token.balanceOf(move.from);
        uint256 amount = _oneIn(8) ? held : _pick(held + 1);
        (address from, address to) = (move.from, move.to);
        move.caller = kind == 2 ? _account() : from;
        if (kind == 2) {
            // Now and then the allowance is short.
            uint256 allowance = _oneIn(8) ? _pick(amount + 1) : amount;
            _call(from, address(token), abi.encodeCall(token.approve, (move.caller, allowance)));
        }
        move.call = kind == 0
            ? abi.encodeCall(token.transfer, (to, amount))
            : kind == 1
                ? abi.encodeCall(token.transferAtEpoch, (epoch, to, amount))
                : abi.encodeCall(token.transferFrom, (from, to, amount));
        move.allowed = !_isPaused() && !_isFrozen(from) && _isAllowed(from, to)
            && (kind != 2 || token.allowance(from, move.caller) >= amount);
    }

    function _group() private returns (AwardGroup memory group) {
        group.ruleId = uint32(1 + _pick(RULES));
        // Most receipts are of now; others from before, and some from too long ago.
        uint256 late = _oneIn(2) ? 0 : _pick(lookBack + 1 days);
        uint256 occurred = block.timestamp - _lesser(late, block.timestamp - epochStart);
        (group.occurredFrom, group.occurredTo) = (uint40(occurred), uint40(occurred));
        group.version = rules.versionAt(group.ruleId, occurred);
        uint256 count = 1 + _pick(3);
        for (uint256 i; i < count; ++i) {
            address account = _oneIn(8) ? address(0) : _account();
            uint48 units = uint48(_pick(_oneIn(4) ? 6_000_000 : 100_000));
            group.entries = bytes.concat(group.entries, abi.encodePacked(account, units));
        }
    }

    function _clawBack(AwardProof memory proof, address account, uint256 points, bytes32 id, bool allowed)
        private
        noBalanceFalls(account)
    {
        uint256 held = token.balanceOf(account);
        vm.recordLogs();
        vm.prank(program.adjuster);
        try rules.clawBack(proof, points, ClawbackReason.Refund) returns (uint256 burned_) {
            _hold(Promise.ClawbacksAreBounded, allowed && burned_ <= points);
            _hold(Promise.ClawbacksAreBounded, token.balanceOf(account) + burned_ == held);
            uint256 cap = rules.issuerCapOf(program.adjuster);
            _hold(Promise.IssuerCapsHold, _isWithin(_purseOf(program.adjuster), points, 1 days, cap));
            clawedBack[id] = true;
            _unearn(account, proof.awardedAt, points);
            _read();
        } catch {
            _hold(Promise.ClawbacksAreBounded, !allowed);
        }
    }

    function _mintLots() private noBalanceFalls(address(0)) {
        AccountWord lots = AccountWord.wrap(
            token.currentEpoch() << 240 | _pick(500) << 138 | _pick(500) << 92 | _pick(500) << 46 | _pick(500)
        );
        vm.recordLogs();
        bytes memory call = abi.encodeCall(token.mintLots, (_account(), lots));
        bool done = _call(program.exchange, address(token), call);
        _hold(Promise.PausedStandsStill, done != _isPaused());
        if (!done) return;
        _issue(lots.points());
        _read();
    }

    function _burn(address from) private noBalanceFalls(from) {
        uint256 ageMax = _pick(4);
        (uint256[4] memory lots,) = token.lotsOf(from);
        uint256 held;
        for (uint256 age; age <= ageMax; ++age) {
            held += lots[age];
        }
        uint256 amount = _oneIn(10) ? held + 1 : _pick(held + 1);
        bool allowed = !_isPaused() && !_isFrozen(from) && amount <= held;
        vm.recordLogs();
        vm.prank(_oneIn(2) ? program.exchange : program.rewards);
        try token.burn(from, amount, ageMax) returns (AccountWord taken) {
            _hold(Promise.OnlyTheAllowedMove, allowed && taken.points() == amount);
            burned.push(taken);
            _read();
        } catch {
            _hold(Promise.OnlyTheAllowedMove, !allowed);
        }
    }

    function _restore() private noBalanceFalls(address(0)) {
        if (burned.length == 0) return;
        uint256 which = _pick(burned.length);
        (AccountWord taken, address to) = (burned[which], _account());
        (uint256 held, uint256 supply, uint256 issuable) = (token.balanceOf(to), token.totalSupply(), token.issuable());
        vm.recordLogs();
        bool done = _call(program.rewards, address(token), abi.encodeCall(token.restore, (to, taken)));
        _hold(Promise.PausedStandsStill, done != _isPaused());
        if (!done) return;
        _read();
        uint256 points = taken.points();
        _hold(Promise.RestoredIsWhatWasTaken, token.balanceOf(to) == held + points);
        _hold(Promise.RestoredIsWhatWasTaken, token.totalSupply() == supply + points && token.issuable() == issuable);
        burned[which] = burned[burned.length - 1];
        burned.pop();
    }

    function _setRule(uint32 ruleId) private {
        uint32 last = rules.versionCount(ruleId);
        (Terms memory terms, uint40 lastAt) = rules.versionOf(ruleId, last);
        bool worse = _change(terms);
        uint32 inForce = rules.versionAt(ruleId, block.timestamp);
        vm.prank(program.operator);
        try rules.setRule(ruleId, terms) returns (uint32 version, uint40 effectiveAt) {
            uint32 notice = rules.noticePeriod();
            _hold(Promise.WorseTermsWait, lastAt <= block.timestamp && version == last + 1);
            _hold(Promise.WorseTermsWait, effectiveAt == block.timestamp + (worse ? notice : 0));
            _hold(Promise.WorseTermsWait, rules.versionAt(ruleId, block.timestamp) == (worse ? inForce : version));
            announcements[ruleId][version] = Announcement(worse ? uint40(block.timestamp) : 0, worse ? notice : 0);
        } catch {
            _hold(Promise.WorseTermsWait, lastAt > block.timestamp);
        }
    }

    /// @return worse whether it is, for members
    function _change(Terms memory terms) private returns (bool worse) {
        uint256 kind = _pick(5);
        bool lower = _oneIn(2);
        if (kind == 0) {
            if (lower && terms.capPerAward > 1) (terms.capPerAward, worse) = (terms.capPerAward - 1, true);
            else ++terms.capPerAward;
        } else if (kind == 1) {
            uint48 step = uint48(1 + _pick(terms.budget / 4));
            if (lower) (terms.budget, worse) = (terms.budget - step, true);
            else if (terms.budget < 1_000_000) terms.budget += step;
        } else if (kind == 2) {
            if (lower) (terms.denominator, worse) = (terms.denominator + 1, terms.numerator != 0);
            else if (terms.denominator > 1) --terms.denominator;
        } else if (kind == 3 && terms.fixedPoints > 1) {
            if (lower) (terms.fixedPoints, worse) = (terms.fixedPoints - 1, true);
            else ++terms.fixedPoints;
        } else if (kind == 4 && lower) {
            (terms.termsHash, worse) = (keccak256(abi.encode(terms.termsHash)), true);
        }
    }

    function _cancelChange(uint32 ruleId) private {
        uint32 last = rules.versionCount(ruleId);
        (, uint40 effectiveAt) = rules.versionOf(ruleId, last);
        bool done = _call(program.operator, address(rules), abi.encodeCall(rules.cancelChange, (ruleId)));
        _hold(Promise.WorseTermsWait, done == effectiveAt > block.timestamp);
    }

    function _setNoticePeriod() private {
        uint32 notice = rules.noticePeriod();
        uint32 next = uint32(1 hours + _pick(_oneIn(2) ? 60 days : 2 * uint256(notice)));
        bytes memory call = abi.encodeCall(rules.setNoticePeriod, (next));
        bool done = _call(program.owner, address(rules), call);
        _hold(Promise.NoticeShortensByWaiting, done == next <= 730 days);
        if (!done) return;
        noticeSetAt = uint40(block.timestamp);
        _hold(Promise.NoticeShortensByWaiting, rules.noticePeriod() == (next > notice ? next : notice));
    }

    function _announceEnd() private {
        uint32 notice = rules.noticePeriod();
        uint256 in_ = _oneIn(4) ? _pick(notice) : notice + _pick(300 days);
        bytes memory call = abi.encodeCall(rules.announceEnd, (uint40(block.timestamp + in_)));
        bool done = _call(program.owner, address(rules), call);
        _hold(Promise.EndWaits, done == in_ >= notice);
        if (done) endAnnounced = Announcement(uint40(block.timestamp), notice);
    }

    function _callOfToken(uint256 kind) private returns (bytes memory) {
        (address account, uint40 until) = (_account(), uint40(block.timestamp + 1));
        AccountWord lots = AccountWord.wrap(token.currentEpoch() << 240 | 1);
        if (kind == 0) return abi.encodeCall(token.pause, (until));
        if (kind == 1) return abi.encodeCall(token.unpause, ());
        if (kind == 2) return abi.encodeCall(token.freeze, (account, FreezeReason.LegalOrder, until));
        if (kind == 3) return abi.encodeCall(token.unfreeze, (account));
        if (kind == 4) return abi.encodeCall(token.setPartner, (account, true));
        if (kind == 5) return abi.encodeCall(token.openTransfers, (TransferPolicy.Open));
        if (kind == 6) return abi.encodeCall(token.setContractURI, ("ipfs://other"));
        if (kind == 7) return abi.encodeCall(token.clawBack, (account, token.currentEpoch(), 1));
        if (kind == 8) return abi.encodeCall(token.burn, (account, 0, 3));
        if (kind == 9) return abi.encodeCall(token.restore, (account, lots));
        if (kind == 10) return abi.encodeCall(token.mintLots, (account, lots));
        Rate memory rate;
        (rate.denominator, rate.fixedPoints, rate.cap) = (1, 1, 1);
        return abi.encodeCall(token.mintBatch, (rate, 1, abi.encodePacked(account, uint48(1))));
    }

    function _callOfRules(uint256 kind, address caller) private returns (bytes memory) {
        if (kind == 12) return abi.encodeCall(rules.cancelChange, (1));
        if (kind == 13) return abi.encodeCall(rules.setNoticePeriod, (730 days));
        if (kind == 14) return abi.encodeCall(rules.announceEnd, (NEVER - 1));
        if (kind == 15) return abi.encodeCall(rules.cancelEnd, ());
        if (kind == 16) return abi.encodeCall(rules.setIssuerCap, (caller, type(uint48).max));
        if (kind == 17) {
            (Terms memory terms,) = rules.ruleOf(1);
            return abi.encodeCall(rules.setRule, (9, terms));
        }
        if (kind == 18) {
            AwardGroup[] memory groups = new AwardGroup[](1);
            groups[0] = _group();
            // Out of sequence, for an issuer.
            return abi.encodeCall(rules.award, (0, groups, 0));
        }
        AwardProof memory proof;
        return abi.encodeCall(rules.clawBack, (proof, 1, ClawbackReason.Fraud));
    }

    /// @dev Of the two accounts together, or of the one that they are.
    function _lotsOf(address a, address b) private view returns (uint256[4] memory lots) {
        (lots,) = token.lotsOf(a);
        if (a == b) return lots;
        (uint256[4] memory others,) = token.lotsOf(b);
        for (uint256 age; age < 4; ++age) {
            lots[age] += others[age];
        }
    }

    function _call(address caller, address target, bytes memory data) private returns (bool success) {
        vm.prank(caller);
        (success,) = target.call(data);
    }

    function _account() private returns (address) {
        return accounts[_pick(6)];
    }

    function _oneIn(uint256 chances) private returns (bool) {
        return _pick(chances) == 0;
    }

    function _pick(uint256 below) private returns (uint256) {
        random = uint256(keccak256(abi.encode(random)));
        return random % below;
    }

    function _lesser(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
