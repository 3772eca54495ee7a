// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";

/// @title ERC-3009: transfers by signature.
///
/// @notice An authorization moves `value` of `from` to `to` once, strictly after the second `validAfter` and strictly before
/// `validBefore`. Its nonce is 32 bytes of the signer's choice, so that authorizations need no order. It moves the points that
/// expire first, as `transfer` does. Signatures are good as in {IPermit}; the functions below take those of any
/// form, for accounts that are contracts.
///
/// A contract that is paid should call `receiveWithAuthorization`: nobody can send that authorization ahead of it.
interface IAuthorizations is IERC3009, IERC3009Cancel {
    error AuthorizationNotYetValid(uint256 validAfter, uint256 timestamp);
    error AuthorizationExpired(uint256 validBefore, uint256 timestamp);

    /// @notice The nonce was used or canceled before.
    error AuthorizationSpent(address authorizer, bytes32 nonce);

    /// @notice Only the recipient can send it.
    error CallerNotRecipient(address recipient, address caller);

    /// @notice As ERC-3009's, with a signature of any form that `from` accepts.
    function transferWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As ERC-3009's, with a signature of any form that `from` accepts.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        bytes calldata signature
    ) external;

    /// @notice As ERC-3009's, with a signature of any form that `authorizer` accepts.
    function cancelAuthorization(address authorizer, bytes32 nonce, bytes calldata signature) external;

    /// @notice Hashes of the types that are signed, as the standard names them.
    function TRANSFER_WITH_AUTHORIZATION_TYPEHASH() external view returns (bytes32);
    function RECEIVE_WITH_AUTHORIZATION_TYPEHASH() external view returns (bytes32);
    function CANCEL_AUTHORIZATION_TYPEHASH() external view returns (bytes32);
}
