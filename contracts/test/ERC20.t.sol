// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {PointsTerms} from "../src/types/PointsTerms.sol";
import {Rate} from "../src/types/Rate.sol";
import {TierMultipliers} from "../src/types/Tiers.sol";
import {TransferPolicy} from "../src/types/TransferPolicy.sol";
import {Creation} from "./Creation.sol";
import {ERC20Behaviour} from "./behaviours/ERC20Behaviour.sol";

contract OpenZeppelinToken is ERC20("Token", "TKN") {
    constructor(address holder, uint256 amount) {
        _mint(holder, amount);
    }
}

/// @notice Proves the behaviours on a token that is known to have them.
contract OpenZeppelinERC20Test is ERC20Behaviour {
    function deploy(address holder, uint256 amount) internal override returns (IERC20) {
        return new OpenZeppelinToken(holder, amount);
    }
}

/// @notice Points of one epoch behave as any ERC-20.
contract PointsERC20Test is ERC20Behaviour, Creation {
    uint40 internal constant EPOCH_START = 1_700_000_000;

    function deploy(address holder, uint256 amount) internal virtual override returns (IERC20) {
        vm.warp(EPOCH_START);
        IPointsToken token = createHere();
        mint(token, holder, amount);
        return token;
    }

    function createHere() internal returns (IPointsToken) {
        PointsTerms memory terms;
        (terms.name, terms.symbol, terms.epochStart, terms.epochLength) = ("Points", "PTS", EPOCH_START, 1 hours);
        (terms.pointsExpire, terms.tierPeriodEpochs, terms.transferPolicy) = (true, 4, TransferPolicy.Open);
        return createPointsToken(terms, PointsParts(address(0), address(this), address(0), address(0)));
    }

    function mint(IPointsToken token, address holder, uint256 amount) internal {
        token.mintBatch(
            Rate(1, 1, 0, type(uint48).max, TierMultipliers.wrap(1_000)),
            amount,
            abi.encodePacked(holder, uint48(amount))
        );
    }
}

/// @notice So do points of four epochs, those of the first in its last second.
contract PointsOfFourEpochsERC20Test is PointsERC20Test {
    function deploy(address holder, uint256 amount) internal override returns (IERC20) {
        vm.warp(EPOCH_START);
        IPointsToken token = createHere();
        for (uint256 epoch = 1; epoch <= 4; ++epoch) {
            vm.warp(EPOCH_START + (epoch - 1) * 1 hours);
            mint(token, holder, amount / 4);
        }
        vm.warp(EPOCH_START + 4 hours - 1);
        return token;
    }
}
