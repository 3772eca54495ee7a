// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IEarningRules} from "./interfaces/IEarningRules.sol";
import {IPointsToken} from "./interfaces/IPointsToken.sol";
import {Entries} from "./types/Entries.sol";
import {RefusalReason} from "./types/RefusalReason.sol";
import {RollingWindow} from "./types/RollingWindow.sol";
import {Terms} from "./types/Terms.sol";

/// @notice See {IEarningRules}.
contract EarningRules is IEarningRules, AccessManaged {
    struct Rule {
        Terms terms;
        uint32 version;
        RollingWindow minted;
    }

    address public immutable token;

    mapping(address issuer => uint64) public batchCount;
    mapping(address issuer => mapping(uint64 batchNumber => bytes32)) public batchRoot;
    mapping(uint32 ruleId => Rule) private _rules;

    /// @dev The token comes first and has been told this contract's address.
    constructor(address authority_, address token_) AccessManaged(authority_) {
        address minter = IPointsToken(token_).minter();
        if (minter != address(this)) revert ForeignToken(token_, minter);
        token = token_;
    }

    /// @inheritdoc IEarningRules
    function setRule(uint32 ruleId, Terms calldata terms) external restricted returns (uint32 version) {
        if (ruleId == 0) revert UnknownRule(ruleId);
        terms.check();
        Rule storage rule = _rules[ruleId];
        if (rule.version != 0) {
            Terms memory current = rule.terms;
            if (current.isWorse(terms)) revert WorseTerms(ruleId);
            rule.minted = rule.minted.recut(block.timestamp, current.budgetWindow, terms.budgetWindow);
        }
        version = ++rule.version;
        rule.terms = terms;
        emit RuleSet(ruleId, version, terms);
    }

    /// @inheritdoc IEarningRules
    function award(uint64 batchNumber, uint32 ruleId, bytes calldata entries, bytes32 receiptsRoot)
        external
        restricted
        returns (uint256 minted)
    {
        uint256 entryCount = Entries.count(entries);
        Rule storage rule = _existing(ruleId);
        uint64 expected = batchCount[msg.sender] + 1;
        if (batchNumber != expected) revert BatchOutOfSequence(expected, batchNumber);
        batchCount[msg.sender] = batchNumber;
        batchRoot[msg.sender][batchNumber] = receiptsRoot;

        Terms memory terms = rule.terms;
        RollingWindow window = rule.minted.rollTo(block.timestamp, terms.budgetWindow);
        bool open = terms.isOpen(block.timestamp);
        RefusalReason[] memory reasons;
        // What is minted is known only after the call. `mintBatch` calls nobody, so there is no way back in before it is stored.
        (minted, reasons) =
            IPointsToken(token).mintBatch(terms.rate(), open ? terms.budget - window.spent() : 0, entries);
        if (minted != 0) rule.minted = window.spend(minted);
        uint256 refusedCount = _refuse(batchNumber, entries, reasons, open);
        emit BatchAwarded(
            msg.sender,
            batchNumber,
            ruleId,
            rule.version,
            uint32(entryCount),
            uint32(refusedCount),
            minted,
            receiptsRoot
        );
    }

    /// @inheritdoc IEarningRules
    function ruleOf(uint32 ruleId) external view returns (Terms memory terms, uint32 version) {
        Rule storage rule = _existing(ruleId);
        return (rule.terms, rule.version);
    }

    /// @inheritdoc IEarningRules
    function budgetLeft(uint32 ruleId) external view returns (uint256) {
        Rule storage rule = _existing(ruleId);
        return rule.terms.budget - rule.minted.rollTo(block.timestamp, rule.terms.budgetWindow).spent();
    }

    /// @inheritdoc IEarningRules
    function quote(uint32 ruleId, uint48 units) external view returns (uint256 points) {
        Terms memory terms = _existing(ruleId).terms;
        return terms.rate().pointsFor(units);
    }

    /// @dev Logs the entries that have a reason. To the token, a closed rule is one that has no budget left.
    function _refuse(uint64 batchNumber, bytes calldata entries, RefusalReason[] memory reasons, bool open)
        private
        returns (uint256 refusedCount)
    {
        for (uint256 position; position < reasons.length; ++position) {
            RefusalReason reason = reasons[position];
            if (reason == RefusalReason.None) continue;
            if (reason == RefusalReason.BudgetExceeded && !open) reason = RefusalReason.RuleClosed;
            uint256 entry = Entries.read(Entries.begin(entries) + position * Entries.ENTRY_BYTES);
            (address account, uint48 units) = (Entries.accountOf(entry), Entries.unitsOf(entry));
            emit AwardRefused(msg.sender, batchNumber, uint32(position), account, units, reason);
            ++refusedCount;
        }
    }

    function _existing(uint32 ruleId) private view returns (Rule storage rule) {
        rule = _rules[ruleId];
        if (rule.version == 0) revert UnknownRule(ruleId);
    }
}
