// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Vm} from "forge-std/Vm.sol";
import {Deployed} from "./Deployed.sol";

/// @notice An account that is a contract and accepts its owner's signature, with a byte before it or without.
contract ContractAccount is IERC1271 {
    address private immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length == 66) signature = signature[1:];
        (address recovered,,) = ECDSA.tryRecover(hash, signature);
        return recovered == owner ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @notice A program with one account that has a key, and one that is a contract of the same key.
abstract contract Signing is Deployed {
    Vm.Wallet internal signer = vm.createWallet("signer");
    address internal contractAccount;

    function setUp() public virtual override {
        super.setUp();
        contractAccount = address(new ContractAccount(signer.addr));
    }

    function sign(bytes32 structHash) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        return vm.sign(signer.privateKey, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }

    function signed(bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = sign(structHash);
        return abi.encodePacked(r, s, v);
    }
}
