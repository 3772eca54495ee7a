// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Test} from "forge-std/Test.sol";
import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {IProgramFactory} from "../src/interfaces/IProgramFactory.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Program} from "../src/types/Program.sol";

/// @notice Creates the contracts under test from their compiled code.
/// @dev A test that wrote `new PointsToken` would compile the token once more into itself, through the IR at that. So tests know
/// interfaces and types only.
abstract contract Creation is Test {
    function createAccessManager(address owner) internal returns (IAccessManager) {
        return IAccessManager(create("AccessManager", abi.encode(owner)));
    }

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
        return IMemberAccounts(create("MemberAccounts", abi.encode(authority, create("MemberAccount", ""))));
    }

    /// @dev The factory and the blueprints of all that it creates.
    function createProgramFactory() internal returns (IProgramFactory) {
        Program memory blueprints = Program({
            manager: createBlueprint(codeOf("AccessManager")),
            token: createBlueprint(codeOf("PointsToken")),
            rules: createBlueprint(codeOf("EarningRules")),
            rewards: createBlueprint(codeOf("Rewards")),
            vouchers: createBlueprint(codeOf("Vouchers")),
            exchange: createBlueprint(codeOf("PartnerExchange")),
            accounts: createBlueprint(codeOf("MemberAccounts"))
        });
        return IProgramFactory(create("ProgramFactory", abi.encode(blueprints, create("MemberAccount", ""))));
    }

    /// @dev Behind code that returns whatever is behind it, as ERC-5202 has it.
    function createBlueprint(bytes memory code) internal returns (address) {
        return createFrom(bytes.concat(hex"600b5981380380925939f3fe7100", code));
    }

    function codeOf(string memory contractName) internal view returns (bytes memory) {
        return vm.getCode(string.concat(contractName, ".sol:", contractName));
    }

    function create(string memory contractName, bytes memory arguments) internal returns (address) {
        return createFrom(bytes.concat(codeOf(contractName), arguments));
    }

    function createFrom(bytes memory code) internal returns (address created) {
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
