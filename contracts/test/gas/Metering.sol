// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

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

    /// @dev Of the transaction that is metered; in a test one after the other.
    uint256 private _transaction;
    mapping(uint256 transaction => mapping(address account => mapping(bytes32 slot => Word))) private _words;
    mapping(uint256 transaction => mapping(address account => bool)) private _warm;

    /// @dev Sends a transaction, which must succeed, and takes its cost apart.
    function meter(address from, address to, bytes memory data) internal returns (Gas memory gas) {
        vm.recordLogs();
        vm.startStateDiffRecording();
        vm.prank(from);
        (bool success, bytes memory answer) = to.call(data);
        Vm.Gas memory used = vm.lastCallGas();
        Vm.AccountAccess[] memory accesses = vm.stopAndReturnStateDiff();
        assertTrue(success, vm.toString(answer));

        gas.total = used.gasTotalUsed;
        gas.base = TRANSACTION;
        gas.data = _priceOfData(data);
        gas.logs = _priceOfLogs(vm.getRecordedLogs());
        ++_transaction;
        _warm[_transaction][from] = true;
        _warm[_transaction][to] = true;
        int256 refund;
        for (uint256 i; i < accesses.length; ++i) {
            // The first is the transaction itself.
            if (i != 0) _addAccess(gas, accesses[i]);
            for (uint256 j; j < accesses[i].storageAccesses.length; ++j) {
                (uint256 price, int256 given) = _priceOfWord(accesses[i].storageAccesses[j]);
                gas.store += price;
                refund += given;
            }
        }
        uint256 beforeRefund = gas.total + uint256(refund);
        gas.refund = uint256(refund);
        if (gas.refund > beforeRefund / REFUND_SHARE) gas.refund = gas.total / (REFUND_SHARE - 1);
        gas.computation = gas.total + gas.refund - gas.base - gas.data - gas.store - gas.logs - gas.calls - gas.code;
    }

    /// @dev What each of `count` more costs.
    function marginal(Gas memory few, Gas memory many, uint256 count) internal pure returns (Gas memory gas) {
        gas.total = (many.total - few.total) / count;
        gas.data = (many.data - few.data) / count;
        gas.store = (many.store - few.store) / count;
        gas.logs = (many.logs - few.logs) / count;
        gas.calls = (many.calls - few.calls) / count;
        gas.refund = (many.refund - few.refund) / count;
        gas.computation = gas.total + gas.refund - gas.data - gas.store - gas.logs - gas.calls;
    }

    /// @dev Holds the total against its snapshot and prints a line of the table, as JSON.
    function report(string memory group, string memory name, Gas memory gas) internal {
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
            bool warm = _warm[_transaction][access.account] || uint160(access.account) <= PRECOMPILE_MAX;
            gas.calls += warm ? WARM : COLD_ACCOUNT;
        }
        _warm[_transaction][access.account] = true;
    }

    function _priceOfWord(Vm.StorageAccess memory access) private returns (uint256 price, int256 refund) {
        Word storage word = _words[_transaction][access.account][access.slot];
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
