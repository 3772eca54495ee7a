// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {console} from "forge-std/console.sol";
import {Test} from "forge-std/Test.sol";
import {Vm, VmSafe} from "forge-std/Vm.sol";

/// @notice What a transaction costs, and how much of that the EVM asks of any that stores, logs and calls the same.
/// @param total        of the whole transaction, after the refund
/// @param base         of any transaction
/// @param data         calldata, zero bytes and others
/// @param store        words read and written, cold and warm
/// @param logs         their topics and bytes
/// @param calls        accounts called or looked at, cold and warm
/// @param code         contracts created, by their size
/// @param refund       for words cleared
/// @param computation  the rest: memory, hashes, signatures and all instructions that are none of the above
struct Gas {
    uint256 total;
    uint256 base;
    uint256 data;
    uint256 store;
    uint256 logs;
    uint256 calls;
    uint256 code;
    uint256 refund;
    uint256 computation;
}

/// @notice Meters transactions of tests that run isolated, where each call at the top is a transaction of its own.
/// @dev Prices are those of Cancun: EIP-2028 for calldata, EIP-2929, 2200 and 3529 for storage and accounts, EIP-3860 for initcode.
abstract contract Metering is Test {
    uint256 private constant TRANSACTION = 21_000;
    uint256 private constant CALLDATA_ZERO = 4;
    uint256 private constant CALLDATA_NONZERO = 16;

    uint256 private constant COLD_WORD = 2_100;
    uint256 private constant COLD_ACCOUNT = 2_600;
    uint256 private constant WARM = 100;
    uint256 private constant SET_WORD = 20_000;
    uint256 private constant RESET_WORD = 2_900;
    uint256 private constant REFUND_CLEARED = 4_800;
    uint256 private constant REFUND_SHARE = 5;

    uint256 private constant LOG = 375;
    uint256 private constant LOG_TOPIC = 375;
    uint256 private constant LOG_BYTE = 8;

    uint256 private constant CREATION = 32_000;
    uint256 private constant CODE_BYTE = 200;
    uint256 private constant INITCODE_WORD = 2;

    uint256 private constant PRECOMPILE_MAX = 10;

    struct Word {
        bool warm;
        bytes32 original;
    }

    /// @param before  snapshot of the state
    struct Transaction {
        uint256 before;
        address from;
        address to;
        bytes data;
        uint256 total;
    }

    /// @param count  0 for `many` alone, else what `many` has more of than `few`
    struct Line {
        string group;
        string name;
        uint256 count;
        Transaction few;
        Transaction many;
    }

    Line[] private _lines;
    mapping(address account => mapping(bytes32 slot => Word)) private _words;
    mapping(address account => bool) private _warm;

    /// @dev Sends a transaction.
    function meter(string memory group, string memory name, address from, address to, bytes memory data) internal {
        Line storage line = _lines.push();
        (line.group, line.name) = (group, name);
        line.many = _send(from, to, data);
    }

    /// @dev Sends two transactions, of which the second does the same `count` times more: what is metered is one time.
    /// @return total of one time
    function meterEach(
        string memory group,
        string memory name,
        address from,
        address to,
        bytes memory few,
        bytes memory many,
        uint256 count
    ) internal returns (uint256 total) {
        Line storage line = _lines.push();
        (line.group, line.name, line.count) = (group, name, count);
        line.few = _send(from, to, few);
        line.many = _send(from, to, many);
        return (line.many.total - line.few.total) / count;
    }

    /// @dev Last in a test: holds the totals against their snapshots, and prints what they consist of, as JSON.
    ///
    /// Each transaction is sent again for this, on the state that it met. For in forge 1.7 (issue 15381) nothing is cold any more once
    /// accesses are recorded: the totals must come first. From the last one on, since going back to a state forgets the later ones; it
    /// also empties the mappings above.
    function report() internal {
        Line[] memory lines = _lines;
        for (uint256 i = lines.length; i > 0;) {
            --i;
            Line memory line = lines[i];
            Gas memory gas = _consistOf(line.many);
            if (line.count != 0) gas = _marginal(_consistOf(line.few), gas, line.count);
            _report(line.group, line.name, gas);
        }
    }

    function _send(address from, address to, bytes memory data) private returns (Transaction memory) {
        uint256 before = vm.snapshotState();
        vm.prank(from);
        (bool success, bytes memory answer) = to.call(data);
        uint256 total = vm.lastCallGas().gasTotalUsed;
        assertTrue(success, vm.toString(answer));
        return Transaction(before, from, to, data, total);
    }

    function _consistOf(Transaction memory transaction) private returns (Gas memory gas) {
        (address from, address to) = (transaction.from, transaction.to);
        vm.revertToState(transaction.before);
        vm.recordLogs();
        vm.startStateDiffRecording();
        vm.prank(from);
        (bool success,) = to.call(transaction.data);
        Vm.AccountAccess[] memory accesses = vm.stopAndReturnStateDiff();
        assertTrue(success);

        gas.total = transaction.total;
        gas.base = TRANSACTION;
        gas.data = _priceOfData(transaction.data);
        gas.logs = _priceOfLogs(vm.getRecordedLogs());
        (_warm[from], _warm[to]) = (true, true);
        int256 refund;
        for (uint256 i; i < accesses.length; ++i) {
            // Neither what this test asks of the cheats nor the transaction itself.
            if (accesses[i].accessor != address(this) && accesses[i].accessor != from) _addAccess(gas, accesses[i]);
            for (uint256 j; j < accesses[i].storageAccesses.length; ++j) {
                (uint256 price, int256 given) = _priceOfWord(accesses[i].storageAccesses[j]);
                gas.store += price;
                refund += given;
            }
        }
        gas.refund = Math.min(uint256(refund), (gas.total + uint256(refund)) / REFUND_SHARE);
        gas.computation = gas.total + gas.refund - gas.base - gas.data - gas.store - gas.logs - gas.calls - gas.code;
    }

    function _marginal(Gas memory few, Gas memory many, uint256 count) private pure returns (Gas memory gas) {
        gas.total = (many.total - few.total) / count;
        gas.data = (many.data - few.data) / count;
        gas.store = (many.store - few.store) / count;
        gas.logs = (many.logs - few.logs) / count;
        gas.calls = (many.calls - few.calls) / count;
        gas.refund = (many.refund - few.refund) / count;
        gas.computation = gas.total + gas.refund - gas.data - gas.store - gas.logs - gas.calls;
    }

    function _report(string memory group, string memory name, Gas memory gas) private {
        vm.snapshotValue(group, name, gas.total);
        vm.serializeString(name, "group", group);
        vm.serializeString(name, "name", name);
        vm.serializeUint(name, "total", gas.total);
        vm.serializeUint(name, "base", gas.base);
        vm.serializeUint(name, "data", gas.data);
        vm.serializeUint(name, "store", gas.store);
        vm.serializeUint(name, "logs", gas.logs);
        vm.serializeUint(name, "calls", gas.calls);
        vm.serializeUint(name, "code", gas.code);
        vm.serializeUint(name, "refund", gas.refund);
        console.log(vm.serializeUint(name, "computation", gas.computation));
    }

    function _priceOfData(bytes memory data) private pure returns (uint256 price) {
        for (uint256 i; i < data.length; ++i) {
            price += data[i] == 0 ? CALLDATA_ZERO : CALLDATA_NONZERO;
        }
    }

    function _priceOfLogs(Vm.Log[] memory logs) private pure returns (uint256 price) {
        for (uint256 i; i < logs.length; ++i) {
            price += LOG + logs[i].topics.length * LOG_TOPIC + logs[i].data.length * LOG_BYTE;
        }
    }

    function _addAccess(Gas memory gas, Vm.AccountAccess memory access) private {
        if (access.kind == VmSafe.AccountAccessKind.Resume) return;
        if (access.kind == VmSafe.AccountAccessKind.Create) {
            gas.code += CREATION + access.deployedCode.length * CODE_BYTE + (access.data.length + 31) / 32
                * INITCODE_WORD;
        } else {
            bool warm = _warm[access.account] || uint160(access.account) <= PRECOMPILE_MAX;
            gas.calls += warm ? WARM : COLD_ACCOUNT;
        }
        _warm[access.account] = true;
    }

    function _priceOfWord(Vm.StorageAccess memory access) private returns (uint256 price, int256 refund) {
        Word storage word = _words[access.account][access.slot];
        bool cold = !word.warm;
        if (cold) (word.warm, word.original) = (true, access.previousValue);
        if (!access.isWrite) return (cold ? COLD_WORD : WARM, 0);
        if (cold) price = COLD_WORD;
        (bytes32 original, bytes32 current, bytes32 value) = (word.original, access.previousValue, access.newValue);
        if (value == current) return (price + WARM, 0);
        if (current == original) {
            price += original == 0 ? SET_WORD : RESET_WORD;
            return (price, original != 0 && value == 0 ? int256(REFUND_CLEARED) : int256(0));
        }
        if (original != 0 && current == 0) refund -= int256(REFUND_CLEARED);
        if (original != 0 && value == 0) refund += int256(REFUND_CLEARED);
        if (value == original) refund += int256((original == 0 ? SET_WORD : RESET_WORD) - WARM);
        return (price + WARM, refund);
    }
}
