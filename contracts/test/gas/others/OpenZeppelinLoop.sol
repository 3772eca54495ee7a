// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What a batch costs elsewhere: a loop over `_mint`, with no rule, no epoch, no budget and no access control.
contract OpenZeppelinLoop is ERC20("Points", "PTS") {
    function mintBatch(address[] calldata accounts, uint256[] calldata amounts) external {
        for (uint256 i; i < accounts.length; ++i) {
            _mint(accounts[i], amounts[i]);
        }
    }
}
