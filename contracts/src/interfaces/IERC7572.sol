// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ERC-7572: what a contract says of itself.
///
/// @notice See https://eips.ethereum.org/EIPS/eip-7572.
interface IERC7572 {
    event ContractURIUpdated();

    /// @notice A JSON document with name, description, image and the like, or where it is.
    function contractURI() external view returns (string memory);
}
