// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC7818} from "./interfaces/IERC7818.sol";
import {Authorizations} from "./token/Authorizations.sol";
import {Callbacks} from "./token/Callbacks.sol";
import {EpochClock} from "./token/EpochClock.sol";
import {Permits} from "./token/Permits.sol";
import {PointsLedger} from "./token/PointsLedger.sol";
import {Signatures} from "./token/Signatures.sol";

/// @notice See {IPointsToken}. The ledger, and on top of it one standard in each file.
contract PointsToken is PointsLedger, Permits, Authorizations, Callbacks {
    constructor(
        string memory name_,
        string memory symbol_,
        uint8 decimals_,
        uint40 epochStart_,
        uint32 epochLength_,
        uint16 tierPeriodEpochs_,
        address minter_
    )
        EpochClock(epochStart_, epochLength_, tierPeriodEpochs_)
        PointsLedger(name_, symbol_, decimals_, minter_)
        Signatures(name_, symbol_)
    {}

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC20).interfaceId
            || interfaceId == type(IERC20Metadata).interfaceId || interfaceId == type(IERC7818).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || interfaceId == type(IERC5267).interfaceId
            || interfaceId == type(IERC3009).interfaceId || interfaceId == type(IERC3009Cancel).interfaceId
            || interfaceId == type(IERC1363).interfaceId;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Permits) returns (uint256) {
        return super.nonces(owner);
    }
}
