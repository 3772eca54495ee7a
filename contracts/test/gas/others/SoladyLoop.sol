// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "solady/tokens/ERC20.sol";

/// @notice As OpenZeppelinLoop, of Solady's `_mint`.
contract SoladyLoop is ERC20 {
    function mintBatch(address[] calldata accounts, uint256[] calldata amounts) external {
        for (uint256 i; i < accounts.length; ++i) {
            _mint(accounts[i], amounts[i]);
        }
    }

    function name() public pure override returns (string memory) {
        return "Points";
    }

    function symbol() public pure override returns (string memory) {
        return "PTS";
    }
}
