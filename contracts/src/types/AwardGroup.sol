// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Entries of a batch under one version of one rule.
/// @param version       of the rule, in force from the first to the last of the times
/// @param occurredFrom  when the earliest receipt of the entries occurred
/// @param occurredTo    when the latest one did
/// @param entries       see Entries
struct AwardGroup {
    uint32 ruleId;
    uint32 version;
    uint40 occurredFrom;
    uint40 occurredTo;
    bytes entries;
}

/// @notice What a group minted.
/// @param mintsHash see Mints
struct GroupMints {
    uint32 ruleId;
    uint32 version;
    uint32 entryCount;
    bytes32 mintsHash;
}

/// @notice One award, and what proves which receipt it is of and what it minted.
/// @param awardedAt     timestamp of the batch
/// @param groups        of the batch, all of them
/// @param group         index of the award's, from 0
/// @param index         of the award in its group, from 0
/// @param chunk         the one of the group in which it is; see Mints
/// @param chunkHashes   of all chunks of the group
/// @param receiptHash   of its receipt
/// @param receiptProof  siblings of its leaf, up to the batch's root of receipts
struct AwardProof {
    address issuer;
    uint64 batchNumber;
    uint40 awardedAt;
    GroupMints[] groups;
    uint32 group;
    uint32 index;
    bytes chunk;
    bytes32[] chunkHashes;
    bytes32 receiptHash;
    bytes32[] receiptProof;
}
