// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IEarningRules} from "./interfaces/IEarningRules.sol";
import {IPointsToken} from "./interfaces/IPointsToken.sol";
import {IssuerCaps} from "./rules/IssuerCaps.sol";
import {Notice} from "./rules/Notice.sol";
import {Rules} from "./rules/Rules.sol";
import {AwardGroup, AwardProof, GroupMints} from "./types/AwardGroup.sol";
import {ClawbackReason} from "./types/ClawbackReason.sol";
import {Entries} from "./types/Entries.sol";
import {Mints} from "./types/Mints.sol";
import {RefusalReason} from "./types/RefusalReason.sol";
import {RollingWindow} from "./types/RollingWindow.sol";
import {Terms} from "./types/Terms.sol";

/// @notice See {IEarningRules}: the batches that use the rules, and what is taken back of them.
contract EarningRules is Rules, IssuerCaps {
    using BitMaps for BitMaps.BitMap;

    uint32 public constant LOOK_BACK_MAX = 365 days;

    struct Batch {
        bytes32 receiptsRoot;
        bytes32 mintsHash;
        BitMaps.BitMap clawedBack;
    }

    /// @dev What a group of a batch may mint, and what an entry that passes it is told.
    struct Limit {
        uint256 points;
        RefusalReason reason;
    }

    address public immutable token;
    uint32 public immutable lookBack;

    mapping(address issuer => uint64) public batchCount;
    mapping(address issuer => mapping(uint64 batchNumber => Batch)) private _batches;

    constructor(address authority_, address token_, uint32 noticePeriod_, uint32 lookBack_)
        AccessManaged(authority_)
        Notice(noticePeriod_)
    {
        if (lookBack_ > LOOK_BACK_MAX) revert LookBackTooLong(lookBack_, LOOK_BACK_MAX);
        address minter = IPointsToken(token_).minter();
        if (minter != address(this)) revert ForeignToken(token_, minter);
        token = token_;
        lookBack = lookBack_;
    }

    /// @inheritdoc IEarningRules
    function award(uint64 batchNumber, AwardGroup[] calldata groups, bytes32 receiptsRoot)
        external
        restricted
        returns (uint256 minted)
    {
        uint64 expected = batchCount[msg.sender] + 1;
        if (batchNumber != expected) revert BatchOutOfSequence(expected, batchNumber);
        batchCount[msg.sender] = batchNumber;

        GroupMints[] memory mints = new GroupMints[](groups.length);
        uint256 entryCount;
        uint256 refusedCount;
        for (uint256 i; i < groups.length; ++i) {
            (uint256 points, uint256 refused) = _award(batchNumber, groups[i], entryCount, mints[i]);
            minted += points;
            refusedCount += refused;
            entryCount += mints[i].entryCount;
        }
        if (entryCount == 0 || entryCount > Entries.ENTRIES_MAX) revert BatchSize(entryCount);

        Batch storage batch = _batches[msg.sender][batchNumber];
        batch.receiptsRoot = receiptsRoot;
        batch.mintsHash = _hash(block.timestamp, mints);
        emit BatchAwarded(
            msg.sender, batchNumber, uint32(entryCount), uint32(refusedCount), minted, receiptsRoot, batch.mintsHash
        );
    }

    /// @inheritdoc IEarningRules
    function clawBack(AwardProof calldata proof, uint256 points, ClawbackReason reason)
        external
        restricted
        returns (uint256 burned)
    {
        Batch storage batch = _batches[proof.issuer][proof.batchNumber];
        (address account, uint256 minted, uint256 position) = _prove(batch, proof);
        if (points == 0 || points > minted) revert ClawbackExceedsAward(minted, points);
        if (batch.clawedBack.get(position)) revert AlreadyClawedBack(proof.issuer, proof.batchNumber, position);
        uint256 left = issuerCapLeft(msg.sender);
        if (points > left) revert IssuerCapExceeded(msg.sender, left, points);
        batch.clawedBack.set(position);
        _spendCap(msg.sender, points);
        burned = IPointsToken(token).clawBack(account, IPointsToken(token).epochAt(proof.awardedAt), points);
        emit AwardClawedBack(proof.issuer, proof.batchNumber, uint32(position), account, points, burned, reason);
    }

    /// @inheritdoc IEarningRules
    function batchRoot(address issuer, uint64 batchNumber) external view returns (bytes32) {
        return _batches[issuer][batchNumber].receiptsRoot;
    }

    /// @inheritdoc IEarningRules
    function batchMints(address issuer, uint64 batchNumber) external view returns (bytes32) {
        return _batches[issuer][batchNumber].mintsHash;
    }

    /// @inheritdoc IEarningRules
    function isClawedBack(address issuer, uint64 batchNumber, uint32 position) external view returns (bool) {
        return _batches[issuer][batchNumber].clawedBack.get(position);
    }

    /// @param first position of the group's first entry in the batch
    /// @param mints where what it minted is put
    function _award(uint64 batchNumber, AwardGroup calldata group, uint256 first, GroupMints memory mints)
        private
        returns (uint256 minted, uint256 refusedCount)
    {
        Rule storage rule = _existing(group.ruleId);
        Terms memory terms = _termsDuring(rule, group.ruleId, group.version, group.occurredFrom, group.occurredTo);
        RollingWindow window = rule.minted.rollTo(block.timestamp, terms.budgetWindow);
        Limit memory limit = _limit(terms, window, group);
        (mints.ruleId, mints.version) = (group.ruleId, group.version);
        mints.entryCount = uint32(Entries.count(group.entries));
        RefusalReason[] memory reasons;
        // What is minted is known only after the call. `mintBatch` calls nobody, so there is no way back in before it is stored.
        (minted, mints.mintsHash, reasons) = IPointsToken(token).mintBatch(terms.rate(), limit.points, group.entries);
        if (minted != 0) {
            rule.minted = window.spend(minted);
            _spendCap(msg.sender, minted);
        }
        refusedCount = _refuse(batchNumber, group.entries, first, reasons, limit.reason);
        emit GroupAwarded(
            msg.sender,
            batchNumber,
            group.ruleId,
            group.version,
            mints.entryCount,
            uint32(refusedCount),
            minted,
            mints.mintsHash
        );
    }

    function _limit(Terms memory terms, RollingWindow window, AwardGroup calldata group)
        private
        view
        returns (Limit memory)
    {
        (uint40 from, uint40 to) = (group.occurredFrom, group.occurredTo);
        if (to > block.timestamp) revert OccurredInFuture(to, block.timestamp);
        bool open = terms.isOpen(from, to) && (endAnnouncedAt == 0 || to < endAnnouncedAt);
        if (!open) return Limit(0, RefusalReason.RuleClosed);
        if (from + lookBack < block.timestamp) return Limit(0, RefusalReason.TooLongAgo);
        uint256 issuerLeft = issuerCapLeft(msg.sender);
        uint256 budgetLeft_ = _left(terms.budget, window);
        return issuerLeft < budgetLeft_
            ? Limit(issuerLeft, RefusalReason.IssuerCapExceeded)
            : Limit(budgetLeft_, RefusalReason.BudgetExceeded);
    }

    /// @dev Logs the entries that have a reason. All the token knows is one limit.
    function _refuse(
        uint64 batchNumber,
        bytes calldata entries,
        uint256 first,
        RefusalReason[] memory reasons,
        RefusalReason whenOverLimit
    ) private returns (uint256 refusedCount) {
        for (uint256 i; i < reasons.length; ++i) {
            RefusalReason reason = reasons[i];
            if (reason == RefusalReason.None) continue;
            if (reason == RefusalReason.BudgetExceeded) reason = whenOverLimit;
            uint256 entry = Entries.readCalldata(Entries.begin(entries) + i * Entries.ENTRY_BYTES);
            (address account, uint48 units) = (Entries.accountOf(entry), Entries.unitsOf(entry));
            emit AwardRefused(msg.sender, batchNumber, uint32(first + i), account, units, reason);
            ++refusedCount;
        }
    }

    /// @return account   that the award went to
    /// @return minted    points of the award
    /// @return position  of its entry in the batch
    function _prove(Batch storage batch, AwardProof calldata proof)
        private
        view
        returns (address account, uint256 minted, uint256 position)
    {
        bool known = proof.group < proof.groups.length && batch.mintsHash == _hash(proof.awardedAt, proof.groups);
        if (!known || proof.index >= proof.groups[proof.group].entryCount) revert InvalidAwardProof();
        uint48 units;
        (account, units, minted) =
            Mints.prove(proof.groups[proof.group].mintsHash, proof.index, proof.chunk, proof.chunkHashes);
        position = proof.index;
        for (uint256 i; i < proof.group; ++i) {
            position += proof.groups[i].entryCount;
        }
        bytes32 leaf =
            keccak256(bytes.concat(keccak256(abi.encode(uint32(position), account, units, proof.receiptHash))));
        if (!MerkleProof.verifyCalldata(proof.receiptProof, batch.receiptsRoot, leaf)) revert InvalidAwardProof();
    }

    function _hash(uint256 awardedAt, GroupMints[] memory groups) private pure returns (bytes32) {
        return keccak256(abi.encode(uint40(awardedAt), groups));
    }
}
