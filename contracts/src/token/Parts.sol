// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {PointsParts} from "../types/PointsParts.sol";

/// @notice The contracts of the program that may mint and burn. They are set once: nobody, not even the owner, can name others.
abstract contract Parts is IPointsToken {
    address public immutable minter;
    address public immutable redeemer;
    address public immutable exchange;

    constructor(PointsParts memory parts) {
        minter = parts.minter;
        redeemer = parts.redeemer;
        exchange = parts.exchange;
    }

    modifier onlyPart(address part) {
        _checkPart(part);
        _;
    }

    function _checkPart(address part) internal view {
        if (msg.sender != part) revert NotPart(part, msg.sender);
    }
}
