// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title ERC-2612: allowances by signature, under the EIP-712 domain that ERC-5267 tells.
///
/// @notice `permit(owner, spender, value, deadline, v, r, s)` approves as `approve` of the owner would. Anyone can send it, once,
/// through the second `deadline`. It is good if it is the owner's ECDSA signature, or if the owner is a contract that
/// accepts `r ‖ s ‖ v` by ERC-1271. A contract whose signatures have another form uses the overload below.
///
/// The domain's version is "1". Its name is that of the token, or its symbol where the name is longer than 31 bytes.
interface IPermit is IERC20Permit, IERC5267 {
    error PermitExpired(uint256 deadline, uint256 timestamp);

    /// @notice The signature is neither the signer's own nor one that the signer accepts by ERC-1271.
    error InvalidSignature(address signer);

    /// @notice As ERC-2612's `permit`, with a signature of any form that the owner accepts.
    function permit(address owner, address spender, uint256 value, uint256 deadline, bytes calldata signature) external;
}
