// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";

/// @notice Creates the contracts under test from their compiled code.
/// @dev A test that wrote `new PointsToken` would compile the token once more into itself, through the IR at that. So tests know
/// interfaces and types only.
abstract contract Creation is Test {
    function createPointsToken(PointsTerms memory terms, PointsParts memory parts) internal returns (IPointsToken) {
        return IPointsToken(create("PointsToken", abi.encode(terms, parts)));
    }

    function createEarningRules(address authority, address token, uint32 noticePeriod, uint32 lookBack)
        internal
        returns (IEarningRules)
    {
        return IEarningRules(create("EarningRules", abi.encode(authority, token, noticePeriod, lookBack)));
    }

    function createMemberAccounts(address authority) internal returns (IMemberAccounts) {
        return IMemberAccounts(create("MemberAccounts", abi.encode(authority)));
    }

    function create(string memory contractName, bytes memory arguments) internal returns (address created) {
        bytes memory code = bytes.concat(vm.getCode(string.concat(contractName, ".sol:", contractName)), arguments);
        // assembly: Solidity creates only what it compiled itself. A failure passes on what the constructor said.
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
            if iszero(created) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
