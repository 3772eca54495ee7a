// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";

/// @notice The code that the gateway deploys is the code that is tested here.
contract ArtifactsTest is Test {
    /// @dev Before the 32 bytes of the metadata's hash, which differs by the folder that the sources are named from: the rest of a CBOR map
    /// that begins with "ipfs", a multihash.
    bytes10 private constant METADATA = 0xa2646970667358221220;

    function test_TheArtifactsThatAreShippedHaveTheCodeThatIsTested() public view {
        string[9] memory names = [
            "AccessManager",
            "EarningRules",
            "MemberAccount",
            "MemberAccounts",
            "PartnerExchange",
            "PointsToken",
            "ProgramFactory",
            "Rewards",
            "Vouchers"
        ];
        for (uint256 i; i < names.length; ++i) {
            string memory path = string.concat("../src/tokenpoints/chain/artifacts/", names[i], ".json");
            bytes memory shipped = vm.parseJsonBytes(vm.readFile(path), ".bytecode");
            bytes memory tested = vm.getCode(string.concat(names[i], ".sol:", names[i]));
            (uint256 hashes, uint256 others) = (_blank(shipped), _blank(tested));
            assertEq(hashes, others, names[i]);
            assertGt(hashes, 0, names[i]);
            assertEq(keccak256(shipped), keccak256(tested), names[i]);
        }
    }

    function _blank(bytes memory code) private pure returns (uint256 hashes) {
        for (uint256 i; i + 42 <= code.length; ++i) {
            if (code[i] != 0xa2) continue;
            bytes32 word;
            // assembly: ten bytes at once.
            assembly ("memory-safe") {
                word := mload(add(add(code, 0x20), i))
            }
            if (bytes10(word) != METADATA) continue;
            ++hashes;
            // assembly: and thirty-two.
            assembly ("memory-safe") {
                mstore(add(add(code, 0x2a), i), 0)
            }
        }
    }
}
