// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Vm} from "forge-std/Vm.sol";
import {Test} from "forge-std/Test.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AwardGroup} from "../src/types/AwardGroup.sol";
import {Deployed} from "./Deployed.sol";

/// @notice Does what may happen to a program, in any order, and keeps its own account of it from the logs.
contract ProgramHandler is Test {
    IPointsToken public immutable token;
    IEarningRules public immutable rules;
    address public immutable issuer;
    address[] public accounts;

    uint64 public batchesLogged;
    uint256 public mintedLogged;
    bool public sequenceBroken;
    mapping(address account => int256) public loggedBalance;
    uint256[] public mintTimes;
    uint256[] public mintAmounts;

    constructor(IPointsToken token_, IEarningRules rules_, address issuer_) {
        (token, rules, issuer) = (token_, rules_, issuer_);
        for (uint160 i = 1; i <= 5; ++i) {
            accounts.push(address(0xa11ce0000 + i));
        }
    }

    function award(uint256 seed, uint48[6] calldata units, bool visit) external {
        bytes memory entries;
        for (uint256 i; i < units.length; ++i) {
            // One account in six is the zero account, and some units are worth nothing or too much.
            uint256 pick = uint256(keccak256(abi.encode(seed, i))) % 6;
            address account = pick == 5 ? address(0) : accounts[pick];
            entries = bytes.concat(entries, abi.encodePacked(account, units[i] % 6_000_000));
        }
        uint64 number = rules.batchCount(issuer) + 1;
        AwardGroup[] memory groups = new AwardGroup[](1);
        uint40 timestamp = uint40(block.timestamp);
        groups[0] = AwardGroup(visit ? 2 : 1, 1, timestamp, timestamp, entries);
        vm.recordLogs();
        vm.prank(issuer);
        uint256 minted = rules.award(number, groups, bytes32(seed));
        _read();
        if (!visit) {
            mintTimes.push(block.timestamp);
            mintAmounts.push(minted);
        }
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        address sender = accounts[from % 5];
        amount = bound(amount, 0, token.balanceOf(sender));
        vm.recordLogs();
        vm.prank(sender);
        token.transfer(accounts[to % 5], amount);
        _read();
    }

    function transferAtEpoch(uint256 from, uint256 to, uint256 age, uint256 amount) external {
        address sender = accounts[from % 5];
        uint256 epoch = token.currentEpoch();
        epoch -= Math.min(age % 4, epoch);
        amount = bound(amount, 0, token.balanceOfAtEpoch(epoch, sender));
        vm.recordLogs();
        vm.prank(sender);
        token.transferAtEpoch(epoch, accounts[to % 5], amount);
        _read();
    }

    function sweep(uint256 which) external {
        address[] memory some = new address[](2);
        (some[0], some[1]) = (accounts[which % 5], accounts[(which / 5) % 5]);
        vm.recordLogs();
        token.sweep(some);
        _read();
    }

    function wait(uint256 secondsPassed) external {
        // Mostly hours; now and then epochs.
        vm.warp(block.timestamp + (secondsPassed % 4 == 0 ? secondsPassed % 400 days : secondsPassed % 20 hours));
    }

    function accountCount() external view returns (uint256) {
        return accounts.length;
    }

    function mintCount() external view returns (uint256) {
        return mintTimes.length;
    }

    function _read() private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == IERC20.Transfer.selector) {
                int256 amount = int256(abi.decode(logs[i].data, (uint256)));
                loggedBalance[address(uint160(uint256(logs[i].topics[1])))] -= amount;
                loggedBalance[address(uint160(uint256(logs[i].topics[2])))] += amount;
            } else if (logs[i].topics[0] == IEarningRules.BatchAwarded.selector) {
                if (uint64(uint256(logs[i].topics[2])) != ++batchesLogged) sequenceBroken = true;
                (,, uint256 minted,,) = abi.decode(logs[i].data, (uint32, uint32, uint256, bytes32, bytes32));
                mintedLogged += minted;
            }
        }
    }
}

contract ProgramInvariantTest is Deployed {
    ProgramHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new ProgramHandler(token, rules, issuer);
        targetContract(address(handler));
    }

    /// @dev Now and at the first and last seconds of the epochs to come.
    function invariant_SupplyIsTheSumOfBalancesAtEveryTimestamp() public {
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

    function invariant_LogsAddUpToTheStoredWords() public view {
        for (uint256 a; a < handler.accountCount(); ++a) {
            uint256 raw = token.wordOf(handler.accounts(a));
            uint256 stored;
            for (uint256 age; age < 4; ++age) {
                stored += (raw >> (46 * age)) & POINTS_MAX;
            }
            assertEq(handler.loggedBalance(handler.accounts(a)), int256(stored));
        }
    }

    function invariant_BatchNumbersAreContiguous() public view {
        assertFalse(handler.sequenceBroken());
        assertEq(handler.batchesLogged(), rules.batchCount(issuer));
    }

    function invariant_IssuedIsWhatBatchesMinted() public view {
        assertEq(POINTS_MAX - token.issuable(), handler.mintedLogged());
        assertLe(token.totalSupply(), handler.mintedLogged());
    }

    function invariant_NoWindowMintsMoreThanItsBudget() public view {
        for (uint256 i; i < handler.mintCount(); ++i) {
            uint256 sum;
            for (uint256 j = i; j < handler.mintCount() && handler.mintTimes(j) < handler.mintTimes(i) + 1 days; ++j) {
                sum += handler.mintAmounts(j);
            }
            assertLe(sum, 10_000_000);
        }
    }

    function sumOfBalances() private view returns (uint256 sum) {
        for (uint256 a; a < handler.accountCount(); ++a) {
            sum += token.balanceOf(handler.accounts(a));
        }
    }
}
