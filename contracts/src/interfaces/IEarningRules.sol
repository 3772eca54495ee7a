// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AwardGroup, AwardProof} from "../types/AwardGroup.sol";
import {ClawbackReason} from "../types/ClawbackReason.sol";
import {RefusalReason} from "../types/RefusalReason.sol";
import {Terms} from "../types/Terms.sol";

/// @title The only source of new points: rules that bound what an award can mint, and the batches that use them.
///
/// @notice A batch carries what happened, (account, units) for each receipt; this contract computes the points. An issuer
/// numbers its batches 1, 2, 3, …, so that a batch can be sent twice and is minted once.
///
/// A rule has versions, each in force until the next one is. A change that is worse for members in no respect is in force at once; any
/// other is announced, and in force after the notice period. A receipt falls under the version that was in force when it
/// occurred, whenever it is awarded within the look-back: so no change reaches back. The first version of a rule holds for
/// receipts from before it too.
///
/// The budget of a rule and the cap of an issuer are counted in thirds of their windows, so that no window of that length, wherever it
/// begins, has more; what was spent comes back up to a third of the window after it left it.
///
/// A batch commits to its receipts by the root of a Merkle tree, which members check receipts against. Its leaves are
/// `keccak256(bytes.concat(keccak256(abi.encode(uint32 position, address account, uint48 units, bytes32 receiptHash))))`
/// for each entry in order, positions counted through all groups; pairs are sorted, as in OpenZeppelin's MerkleProof. The root is
/// looked into when an award is clawed back, and so is what the batch minted, entry by entry:
/// `keccak256(abi.encode(uint40 timestamp, GroupMints[]))`, where the hash of each group is as in Mints.
///
/// @dev Errors of terms are those of TermsLibrary, of proofs also those of Mints, of access those of AccessManaged.
interface IEarningRules {
    /// @param effectiveAt when it is in force from; 0 for the first version
    event RuleSet(uint32 indexed ruleId, uint32 indexed version, uint40 effectiveAt, Terms terms);

    /// @notice The announced version will not be. The next one takes its number.
    event ChangeCancelled(uint32 indexed ruleId, uint32 indexed version);

    event NoticePeriodSet(uint32 noticePeriod, uint40 effectiveAt);
    event IssuerCapSet(address indexed issuer, uint48 points);

    /// @notice The program ends at `endsAt`, and earning ended now; or, at 2^40 - 1, it goes on.
    event EndSet(uint40 endsAt);

    /// @param position index of the entry in its batch, from 0
    event AwardRefused(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 position,
        address account,
        uint48 units,
        RefusalReason reason
    );

    /// @notice The last log of a group: everything since the group before it belongs to it.
    event GroupAwarded(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 indexed ruleId,
        uint32 ruleVersion,
        uint32 entryCount,
        uint32 refusedCount,
        uint256 minted,
        bytes32 mintsHash
    );

    /// @notice The last log of a batch: everything before it in the same call belongs to it.
    event BatchAwarded(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 entryCount,
        uint32 refusedCount,
        uint256 minted,
        bytes32 receiptsRoot,
        bytes32 mintsHash
    );

    /// @notice Of the award at `position`, `points` were due and `burned` were there.
    event AwardClawedBack(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 position,
        address indexed account,
        uint256 points,
        uint256 burned,
        ClawbackReason reason
    );

    error UnknownRule(uint32 ruleId);
    error UnknownVersion(uint32 ruleId, uint32 version);
    error ChangePending(uint32 ruleId, uint40 effectiveAt);
    error NoChangeToCancel(uint32 ruleId);
    error BudgetWindowFixed(uint32 ruleId, uint32 budgetWindow);
    error VersionNotInForce(uint32 ruleId, uint32 version, uint40 from, uint40 to);
    error OccurredInFuture(uint40 occurredTo, uint256 timestamp);
    error BatchOutOfSequence(uint64 expected, uint64 given);

    /// @notice A batch has 1 to 600 entries.
    error BatchSize(uint256 entryCount);

    error InvalidNoticePeriod(uint32 noticePeriod);
    error LookBackTooLong(uint32 lookBack, uint32 longest);
    error EndTooEarly(uint40 end, uint256 earliest);
    error EndAlreadyAnnounced(uint40 endsAt);
    error NoEndToCancel();

    error InvalidAwardProof();
    error ClawbackExceedsAward(uint256 minted, uint256 points);
    error AlreadyClawedBack(address issuer, uint64 batchNumber, uint256 position);
    error IssuerCapExceeded(address issuer, uint256 left, uint256 points);

    /// @notice The token's minter is another contract.
    error ForeignToken(address token, address minter);

    /// @notice Sets the first version of a rule, or its next one: in force at once if it is worse for members in no respect, and after the
    /// notice period if it may be.
    /// @dev For operators. Whatever cannot be compared counts as worse: a move between rate and fixed amount, or another document.
    /// What the rule minted lately still counts against its budget, so the budget's window cannot change.
    ///
    /// Reverts with {UnknownRule} for rule 0, with {ChangePending} while a change is announced, with {BudgetWindowFixed}, or with the fault
    /// of the terms.
    /// @return version      its number
    /// @return effectiveAt  when it is in force from; 0 for the first
    function setRule(uint32 ruleId, Terms calldata terms) external returns (uint32 version, uint40 effectiveAt);

    /// @notice Takes back a change that is announced and not yet in force.
    /// @dev For operators. Reverts with {NoChangeToCancel}.
    function cancelChange(uint32 ruleId) external;

    /// @notice Sets the notice period: a longer one at once, a shorter one when the present one is over. The same one again cancels a
    /// shorter one that is announced.
    /// @dev For the owner. Between one hour and two years.
    function setNoticePeriod(uint32 noticePeriod) external returns (uint40 effectiveAt);

    /// @notice Announces the end of the program, at least a notice period from now. Receipts that occur from now on earn nothing; redemption,
    /// conversion and export go on until the end.
    /// @dev For the owner.
    function announceEnd(uint40 endsAt) external;

    /// @notice Takes back the announcement, before the end.
    /// @dev For the owner.
    function cancelEnd() external;

    /// @notice Sets how many points `issuer` can mint, or claw back, in any window of a day. 0 stops it.
    /// @dev For the owner.
    function setIssuerCap(address issuer, uint48 points) external;

    /// @notice Awards points to the accounts packed in the entries of each group.
    /// @dev For issuers. Entries are items of 26 bytes, account (20) and units (6, big-endian), 1 to 600 in all groups; an account
    /// may occur in many. Points are rounded down, after the multiplier of the account's tier and before the cap per award. Refused
    /// entries emit {AwardRefused} and mint nothing; the batch goes on, and a later, smaller entry may still fit.
    ///
    /// Logs, in order: for each group, for each minted entry the token's Transfer from the zero address (after a Transfer to it, if points
    /// of that account had expired, and with a TierChanged where its tier fell or rose), for each refused entry {AwardRefused},
    /// and {GroupAwarded}; last {BatchAwarded}.
    ///
    /// Reverts with {BatchOutOfSequence}, {UnknownRule}, {VersionNotInForce}, {OccurredInFuture}, {BatchSize}, or
    /// `MalformedEntries(uint256 length)`.
    function award(uint64 batchNumber, AwardGroup[] calldata groups, bytes32 receiptsRoot)
        external
        returns (uint256 minted);

    /// @notice Takes back `points` of an award, at most what it minted, and once.
    /// @dev For adjusters, within their cap. Of points that were spent or expired meanwhile, see IPointsToken.clawBack.
    ///
    /// Reverts with {InvalidAwardProof} or `InvalidMintProof()`, {ClawbackExceedsAward}, {AlreadyClawedBack}, {IssuerCapExceeded}.
    /// @return burned points that were there to be taken
    function clawBack(AwardProof calldata proof, uint256 points, ClawbackReason reason)
        external
        returns (uint256 burned);

    function token() external view returns (address);

    /// @notice Seconds between a receipt and its award at most.
    function lookBack() external view returns (uint32);

    /// @notice Seconds for which a change that may be worse for members is announced.
    function noticePeriod() external view returns (uint32);

    /// @notice When the program's end was announced; 0 if it was not.
    function endAnnouncedAt() external view returns (uint40);

    /// @notice First second at which the program has ended; 2^40 - 1 if no end is announced.
    function endsAt() external view returns (uint40);

    function hasEnded() external view returns (bool);

    function issuerCapOf(address issuer) external view returns (uint48);

    /// @notice Points that `issuer` can mint or claw back now.
    function issuerCapLeft(address issuer) external view returns (uint256);

    /// @notice Number of the issuer's last batch, 0 before the first.
    function batchCount(address issuer) external view returns (uint64);

    /// @notice The receipts' root of a batch, 0 if there is none of that number.
    function batchRoot(address issuer, uint64 batchNumber) external view returns (bytes32);

    /// @notice What proves the points of each entry of a batch, 0 if there is none of that number.
    function batchMints(address issuer, uint64 batchNumber) external view returns (bytes32);

    function isClawedBack(address issuer, uint64 batchNumber, uint32 position) external view returns (bool);

    /// @notice The version in force now.
    /// @dev Reverts with {UnknownRule}; so do the others that ask for a rule.
    function ruleOf(uint32 ruleId) external view returns (Terms memory terms, uint32 version);

    /// @notice Versions of a rule, with one that is announced; 0 if there is no such rule.
    function versionCount(uint32 ruleId) external view returns (uint32);

    /// @dev Reverts with {UnknownVersion} too.
    function versionOf(uint32 ruleId, uint32 version) external view returns (Terms memory terms, uint40 effectiveAt);

    /// @notice The version in force at `timestamp`, as things stand now.
    function versionAt(uint32 ruleId, uint256 timestamp) external view returns (uint32 version);

    /// @notice Points that the version in force can mint now.
    function budgetLeft(uint32 ruleId) external view returns (uint256);

    /// @notice Points for `units` in a tier, rounded down and capped. Opening times, budget and caps are left out of account.
    function quote(uint32 ruleId, uint48 units, uint256 tier) external view returns (uint256 points);
}
