// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEarningRules} from "../interfaces/IEarningRules.sol";
import {RollingWindow} from "../types/RollingWindow.sol";
import {Terms} from "../types/Terms.sol";
import {Notice} from "./Notice.sol";

/// @notice The rules and their versions. See {IEarningRules}.
/// @dev Versions are numbered from 1 in the order in which they are in force. The last one alone can be in force later than now.
abstract contract Rules is Notice {
    struct Version {
        Terms terms;
        uint40 effectiveAt;
    }

    struct Rule {
        uint32 versionCount;
        RollingWindow minted;
        mapping(uint32 version => Version) versions;
    }

    mapping(uint32 ruleId => Rule) internal _rules;

    /// @inheritdoc IEarningRules
    function setRule(uint32 ruleId, Terms calldata terms)
        external
        restricted
        returns (uint32 version, uint40 effectiveAt)
    {
        if (ruleId == 0) revert UnknownRule(ruleId);
        terms.check();
        Rule storage rule = _rules[ruleId];
        version = rule.versionCount + 1;
        if (version > 1) effectiveAt = _nextEffectiveAt(ruleId, rule.versions[version - 1], terms);
        rule.versionCount = version;
        rule.versions[version] = Version(terms, effectiveAt);
        emit RuleSet(ruleId, version, effectiveAt, terms);
    }

    /// @inheritdoc IEarningRules
    function cancelChange(uint32 ruleId) external restricted {
        Rule storage rule = _existing(ruleId);
        uint32 version = rule.versionCount;
        if (rule.versions[version].effectiveAt <= block.timestamp) revert NoChangeToCancel(ruleId);
        delete rule.versions[version];
        rule.versionCount = version - 1;
        emit ChangeCancelled(ruleId, version);
    }

    /// @inheritdoc IEarningRules
    function ruleOf(uint32 ruleId) external view returns (Terms memory terms, uint32 version) {
        version = versionAt(ruleId, block.timestamp);
        terms = _rules[ruleId].versions[version].terms;
    }

    /// @inheritdoc IEarningRules
    function versionCount(uint32 ruleId) external view returns (uint32) {
        return _rules[ruleId].versionCount;
    }

    /// @inheritdoc IEarningRules
    function versionOf(uint32 ruleId, uint32 version) external view returns (Terms memory terms, uint40 effectiveAt) {
        if (version == 0 || version > _existing(ruleId).versionCount) revert UnknownVersion(ruleId, version);
        Version storage version_ = _rules[ruleId].versions[version];
        return (version_.terms, version_.effectiveAt);
    }

    /// @inheritdoc IEarningRules
    function versionAt(uint32 ruleId, uint256 timestamp) public view returns (uint32 version) {
        Rule storage rule = _existing(ruleId);
        version = rule.versionCount;
        while (rule.versions[version].effectiveAt > timestamp) --version;
    }

    /// @inheritdoc IEarningRules
    function budgetLeft(uint32 ruleId) external view returns (uint256) {
        Rule storage rule = _existing(ruleId);
        Terms memory terms = rule.versions[versionAt(ruleId, block.timestamp)].terms;
        return _left(terms.budget, rule.minted.rollTo(block.timestamp, terms.budgetWindow));
    }

    /// @inheritdoc IEarningRules
    function quote(uint32 ruleId, uint48 units, uint256 tier) external view returns (uint256 points) {
        Terms memory terms = _existing(ruleId).versions[versionAt(ruleId, block.timestamp)].terms;
        return terms.rate().pointsFor(units, tier);
    }

    /// @dev The terms of `version`, if it is in force throughout the times. A version is in force until the next one is.
    function _termsDuring(Rule storage rule, uint32 ruleId, uint32 version, uint40 from, uint40 to)
        internal
        view
        returns (Terms memory)
    {
        Version storage version_ = rule.versions[version];
        bool begun = version != 0 && version <= rule.versionCount && version_.effectiveAt <= from;
        bool over = version < rule.versionCount && rule.versions[version + 1].effectiveAt <= to;
        if (!begun || over || from > to) revert VersionNotInForce(ruleId, version, from, to);
        return version_.terms;
    }

    function _existing(uint32 ruleId) internal view returns (Rule storage rule) {
        rule = _rules[ruleId];
        if (rule.versionCount == 0) revert UnknownRule(ruleId);
    }

    /// @dev An older version may have had a larger budget, and spent it.
    function _left(uint256 budget, RollingWindow window) internal pure returns (uint256) {
        uint256 spent = window.spent();
        return budget > spent ? budget - spent : 0;
    }

    /// @dev What `rule` minted lately is counted in buckets of one length, in whatever version: so that stays.
    function _nextEffectiveAt(uint32 ruleId, Version storage last, Terms calldata next) private view returns (uint40) {
        if (last.effectiveAt > block.timestamp) revert ChangePending(ruleId, last.effectiveAt);
        Terms memory current = last.terms;
        if (next.budgetWindow != current.budgetWindow) revert BudgetWindowFixed(ruleId, current.budgetWindow);
        return uint40(current.isWorse(next) ? block.timestamp + noticePeriod() : block.timestamp);
    }
}
