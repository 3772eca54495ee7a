// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @notice Which signatures stand for an address: those of its key, and those that its code accepts by ERC-1271.
library Signed {
    /// @dev The key comes first, also for an address with code: by EIP-7702 it may have both. ERC-1271 is asked by a
    /// static call, so that no signer can act in between. One that reverts, or answers anything but the standard's
    /// word, has not signed.
    function isBy(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError error,) = ECDSA.tryRecoverCalldata(digest, signature);
        return (error == ECDSA.RecoverError.NoError && recovered == signer)
            || SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
