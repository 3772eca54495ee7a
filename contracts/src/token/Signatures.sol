// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Transfers} from "./Transfers.sol";

/// @notice Which signatures stand for an account. See {IPermit}.
abstract contract Signatures is Transfers, EIP712 {
    /// @dev What fits in the one word that EIP712 keeps of it.
    uint256 private constant DOMAIN_NAME_BYTES_MAX = 31;

    constructor(string memory name_, string memory symbol_)
        EIP712(bytes(name_).length > DOMAIN_NAME_BYTES_MAX ? symbol_ : name_, "1")
    {}

    /// @dev ECDSA comes first, also for an account with code: by EIP-7702 it may still have a key of its own. ERC-1271 is asked by
    /// a static call, so that no signer can act in between.
    function _checkSignature(address signer, bytes32 structHash, bytes memory signature) internal view {
        bytes32 digest = _hashTypedDataV4(structHash);
        (address recovered, ECDSA.RecoverError error,) = ECDSA.tryRecover(digest, signature);
        if (error == ECDSA.RecoverError.NoError && recovered == signer) return;
        if (signer.code.length == 0 || !SignatureChecker.isValidERC1271SignatureNow(signer, digest, signature)) {
            revert InvalidSignature(signer);
        }
    }
}
