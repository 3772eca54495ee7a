// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice A token that anyone may mint in batches. What is compared with ours is no more than that.
interface IMinting is IERC20 {
    function mintBatch(address[] calldata accounts, uint256[] calldata amounts) external;
}
