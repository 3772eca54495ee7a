// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Roles} from "../src/types/Roles.sol";
import {Terms} from "../src/types/Terms.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Deployed} from "./Deployed.sol";
import {Program, Promise} from "./Ghosts.sol";
import {ProgramHandler} from "./ProgramHandler.sol";

/// @notice A program of two issuers and three rules, one of which is nearly spent at any time.
/// @dev The properties of a contract are asserted along the same calls, so that each has all of the time.
contract ProgramInvariantTest is Deployed {
    ProgramHandler private handler;

    function setUp() public override {
        super.setUp();
        address second = makeAddr("second issuer");
        vm.startPrank(owner);
        manager.grantRole(Roles.ISSUER, second, 0);
        rules.setIssuerCap(issuer, 200_000);
        rules.setIssuerCap(second, 30_000);
        rules.setIssuerCap(adjuster, 100_000);
        vm.stopPrank();
        Terms memory terms = purchaseTerms();
        (terms.budget, terms.multipliers) = (60_000, RISING);
        setRule(3, terms);
        Program memory program = Program({
            token: token,
            rules: rules,
            owner: owner,
            operator: operator,
            guardian: guardian,
            adjuster: adjuster,
            rewards: rewards,
            exchange: exchange,
            issuers: [issuer, second],
            stranger: stranger
        });
        handler = new ProgramHandler(program);
        targetContract(address(handler));
    }

    function pointsTerms() internal view override returns (PointsTerms memory terms) {
        terms = super.pointsTerms();
        terms.transferPolicy = TransferPolicy.Members;
    }

    function invariant_LedgerAndRulesHold() public {
        // The ledger: what there is, whose it is, and what moves.
        supplyByEpochIsTheSumOfLots();
        logsAddUpToTheStoredWords();
        issuedIsWhatWasMinted();
        noBalanceFallsButByTimeBurnClawbackAndItsOwner();
        nothingThatMovesGainsPointsOrLife();
        onlyTheAllowedMoves();
        tierIsWhatTheTotalsLeadTo();
        // The rules: what is minted, taken back and announced, and by whom.
        batchesAreContiguousAndProven();
        noWindowMintsMoreThanABudget();
        noDayPassesAnIssuersCap();
        clawbacksTakeAtMostTheAwardAndOnce();
        whatIsWorseWaitsOutItsNotice();
        nothingIsEarnedAfterTheEndOrTooLate();
        strangersAreKeptOut();
        // Last, since it moves time.
        supplyIsTheSumOfBalancesAtEveryTimestamp();
    }

    function assertHolds(Promise promise_) private view {
        assertFalse(handler.isBroken(promise_));
    }

    function sumOfBalances() private view returns (uint256 sum) {
        for (uint256 i; i < 6; ++i) {
            sum += token.balanceOf(handler.accounts(i));
        }
    }

    /// @dev Now and at the first and last seconds of the epochs to come.
    function supplyIsTheSumOfBalancesAtEveryTimestamp() private {
        uint256 boundary = EPOCH_START + token.currentEpoch() * EPOCH_LENGTH;
        assertEq(token.totalSupply(), sumOfBalances());
        for (uint256 i; i < 4; ++i) {
            vm.warp(boundary + i * EPOCH_LENGTH - 1);
            assertEq(token.totalSupply(), sumOfBalances());
            vm.warp(boundary + i * EPOCH_LENGTH);
            assertEq(token.totalSupply(), sumOfBalances());
        }
        assertEq(token.totalSupply(), 0);
    }

    function supplyByEpochIsTheSumOfLots() private view {
        uint256[4] memory sums;
        for (uint256 i; i < 6; ++i) {
            (uint256[4] memory lots,) = token.lotsOf(handler.accounts(i));
            for (uint256 age; age < 4; ++age) {
                sums[age] += lots[age];
            }
        }
        uint256 word = token.supplyWord();
        uint256 passed = token.currentEpoch() - (word >> 240);
        for (uint256 age; age < 4; ++age) {
            uint256 stored = age < passed ? 0 : (word >> (46 * (age - passed))) & POINTS_MAX;
            assertEq(stored, sums[age]);
        }
    }

    function logsAddUpToTheStoredWords() private view {
        for (uint256 i; i < 6; ++i) {
            uint256 word = token.wordOf(handler.accounts(i));
            uint256 stored;
            for (uint256 age; age < 4; ++age) {
                stored += (word >> (46 * age)) & POINTS_MAX;
            }
            assertEq(handler.loggedBalance(handler.accounts(i)), int256(stored));
        }
    }

    /// @dev And the supply is never above it.
    function issuedIsWhatWasMinted() private view {
        assertEq(POINTS_MAX - token.issuable(), handler.issued());
        assertLe(token.totalSupply(), handler.issued());
    }

    function noBalanceFallsButByTimeBurnClawbackAndItsOwner() private view {
        assertHolds(Promise.NoBalanceFalls);
    }

    function nothingThatMovesGainsPointsOrLife() private view {
        assertHolds(Promise.TransfersGainNothing);
        assertHolds(Promise.RestoredIsWhatWasTaken);
    }

    function onlyTheAllowedMoves() private view {
        assertHolds(Promise.OnlyTheAllowedMove);
        assertHolds(Promise.PausedStandsStill);
    }

    function tierIsWhatTheTotalsLeadTo() private view {
        for (uint256 i; i < 6; ++i) {
            address account = handler.accounts(i);
            assertEq(token.tierOf(account), handler.tierOf(account));
            assertEq(token.tierPointsOf(account), handler.tierPointsOf(account));
        }
    }

    function batchesAreContiguousAndProven() private view {
        assertHolds(Promise.BatchesInSequence);
        assertHolds(Promise.MintsAreProven);
        assertEq(handler.lastBatch(issuer), rules.batchCount(issuer));
    }

    function noWindowMintsMoreThanABudget() private view {
        assertHolds(Promise.BudgetsHold);
    }

    function noDayPassesAnIssuersCap() private view {
        assertHolds(Promise.IssuerCapsHold);
    }

    function clawbacksTakeAtMostTheAwardAndOnce() private view {
        assertHolds(Promise.ClawbacksAreBounded);
    }

    /// @dev Worse terms, a shorter notice period and the end. And the versions' times rise.
    function whatIsWorseWaitsOutItsNotice() private view {
        assertHolds(Promise.WorseTermsWait);
        assertHolds(Promise.NoticeShortensByWaiting);
        assertHolds(Promise.EndWaits);
        for (uint32 ruleId = 1; ruleId <= handler.RULES(); ++ruleId) {
            uint32 version = rules.versionCount(ruleId);
            (, uint40 effectiveAt) = rules.versionOf(ruleId, version);
            if (version > 1) {
                (, uint40 before) = rules.versionOf(ruleId, version - 1);
                assertLe(before, effectiveAt);
            }
            (uint40 at, uint32 notice) = handler.announcements(ruleId, version);
            if (rules.versionAt(ruleId, block.timestamp) == version) assertLe(at + notice, block.timestamp);
        }
    }

    function nothingIsEarnedAfterTheEndOrTooLate() private view {
        assertHolds(Promise.NothingIsEarnedAfterTheEnd);
        assertHolds(Promise.ReceiptsAreNotTooOld);
    }

    function strangersAreKeptOut() private view {
        assertHolds(Promise.StrangersAreKeptOut);
        if (token.transferPolicy() != TransferPolicy.Open) assertEq(token.wordOf(stranger), 0);
    }
}
