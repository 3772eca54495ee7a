// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RefusalReason} from "../types/RefusalReason.sol";
import {Terms} from "../types/Terms.sol";

/// @title The only source of new points: rules that bound what an award can mint, and the batches that use them.
///
/// @notice A batch carries what happened, (account, units) for each receipt; this contract computes the points. An issuer
/// numbers its batches 1, 2, 3, …, so that a batch can be sent twice and is minted once.
///
/// A batch commits to its receipts by the root of a Merkle tree, which members check receipts against. Its leaves are
/// `keccak256(bytes.concat(keccak256(abi.encode(uint32 position, address account, uint48 units, bytes32 receiptHash))))`
/// for each entry in order; pairs are sorted, as in OpenZeppelin's MerkleProof. The contract keeps the root and does
/// not look into it.
///
/// @dev Errors of terms are those of TermsLibrary, errors of access those of AccessManaged.
interface IEarningRules {
    event RuleSet(uint32 indexed ruleId, uint32 indexed version, Terms terms);

    /// @param position index of the entry in its batch, from 0
    event AwardRefused(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 position,
        address account,
        uint48 units,
        RefusalReason reason
    );

    /// @notice The last log of a batch: everything before it in the same call belongs to it.
    event BatchAwarded(
        address indexed issuer,
        uint64 indexed batchNumber,
        uint32 indexed ruleId,
        uint32 ruleVersion,
        uint32 entryCount,
        uint32 refusedCount,
        uint256 minted,
        bytes32 receiptsRoot
    );

    error UnknownRule(uint32 ruleId);
    error WorseTerms(uint32 ruleId);
    error BatchOutOfSequence(uint64 expected, uint64 given);

    /// @notice The token's minter is another contract.
    error ForeignToken(address token, address minter);

    /// @notice Sets the first version of a rule, or a next version that is worse for members in no respect.
    /// @dev For operators. Reverts with {UnknownRule} for rule 0, with {WorseTerms}, or with the fault of the terms.
    /// Whatever cannot be compared counts as worse: a move between rate and fixed amount, or another document.
    /// What the rule minted lately still counts against its budget.
    function setRule(uint32 ruleId, Terms calldata terms) external returns (uint32 version);

    /// @notice Awards points under `ruleId`, as it stands now, to the accounts packed in `entries`.
    /// @dev For issuers. `entries` are 1 to 600 items of 26 bytes, account (20) and units (6, big-endian); an account may occur
    /// in many. Points are rounded down, and lowered to the cap per award. Refused entries emit {AwardRefused} and mint
    /// nothing; the batch goes on, and a later, smaller entry may still fit into the budget.
    ///
    /// Logs, in order: for each minted entry the token's Transfer from the zero address (after a Transfer to it, if points of
    /// that account had expired); for each refused entry {AwardRefused}; last {BatchAwarded}.
    ///
    /// Reverts with {BatchOutOfSequence}, {UnknownRule}, or `MalformedEntries(uint256 length)`.
    function award(uint64 batchNumber, uint32 ruleId, bytes calldata entries, bytes32 receiptsRoot)
        external
        returns (uint256 minted);

    function token() external view returns (address);

    /// @notice Number of the issuer's last batch, 0 before the first.
    function batchCount(address issuer) external view returns (uint64);

    /// @notice The receipts' root of a batch, 0 if there is none of that number.
    function batchRoot(address issuer, uint64 batchNumber) external view returns (bytes32);

    /// @dev Reverts with {UnknownRule}; so do the two below.
    function ruleOf(uint32 ruleId) external view returns (Terms memory terms, uint32 version);

    /// @notice Points that the rule can mint now. What it minted comes back in steps of a third of the budget's window, up to
    /// such a step after it left the window; in no window of that length does the rule mint more than its budget.
    function budgetLeft(uint32 ruleId) external view returns (uint256);

    /// @notice Points for `units`, rounded down and capped. Opening times and budget are left out of account.
    function quote(uint32 ruleId, uint48 units) external view returns (uint256 points);
}
