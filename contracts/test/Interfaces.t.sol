// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IERC7818} from "../src/interfaces/IERC7818.sol";
import {Deployed} from "./Deployed.sol";

/// @notice What the token says of itself, and what others build on without asking it.
contract InterfacesTest is Deployed {
    uint256 private constant ACCOUNTS_SLOT = 2;
    uint256 private constant SUPPLY_SLOT = 4;
    uint256 private constant CODE_BYTES_MAX = 24_576;

    /// @dev By number, so that a change of an interface's text cannot change what is promised.
    function test_Interfaces() public view {
        assertTrue(ERC165Checker.supportsERC165(address(token)));
        bytes4[8] memory ids = [
            bytes4(0x36372b07), // ERC-20
            bytes4(0xa219a025), // its metadata
            bytes4(0x9d8ff7da), // ERC-2612
            bytes4(0x84b0196e), // ERC-5267
            bytes4(0xb0202a11), // ERC-1363
            erc7818(),
            bytes4(keccak256("authorizationState(address,bytes32)")) ^ authorized("transfer") ^ authorized("receive"),
            bytes4(keccak256("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)"))
        ];
        for (uint256 i; i < ids.length; ++i) {
            assertTrue(token.supportsInterface(ids[i]), vm.toString(ids[i]));
        }
        assertEq(type(IERC7818).interfaceId, erc7818());
    }

    function test_NoOtherInterface() public view {
        assertFalse(token.supportsInterface(0xffffffff));
        assertFalse(token.supportsInterface(0x80ac58cd), "not an ERC-721");
        assertFalse(token.supportsInterface(0x00000000));
    }

    /// @dev Proofs of an account's word against the chain's state are made for these slots.
    function test_WordsKeepTheirSlots() public {
        give(alice, 10);
        bytes32 slot = keccak256(abi.encode(alice, ACCOUNTS_SLOT));
        assertEq(uint256(vm.load(address(token), slot)), token.wordOf(alice));
        assertEq(uint256(vm.load(address(token), bytes32(SUPPLY_SLOT))), token.supplyWord());
        assertGt(token.supplyWord(), 0);
    }

    function test_CodeCanBeDeployed() public view {
        assertLt(address(token).code.length, CODE_BYTES_MAX);
    }

    function erc7818() private pure returns (bytes4) {
        return bytes4(keccak256("currentEpoch()")) ^ bytes4(keccak256("epochLength()"))
            ^ bytes4(keccak256("epochType()")) ^ bytes4(keccak256("validityDuration()"))
            ^ bytes4(keccak256("isEpochExpired(uint256)")) ^ bytes4(keccak256("balanceOfAtEpoch(uint256,address)"))
            ^ bytes4(keccak256("transferAtEpoch(uint256,address,uint256)"))
            ^ bytes4(keccak256("transferFromAtEpoch(uint256,address,address,uint256)"));
    }

    function authorized(string memory verb) private pure returns (bytes4) {
        string memory arguments = "(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)";
        return bytes4(keccak256(bytes(string.concat(verb, "WithAuthorization", arguments))));
    }
}
