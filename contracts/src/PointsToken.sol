// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC7572} from "./interfaces/IERC7572.sol";
import {IERC7818} from "./interfaces/IERC7818.sol";
import {Accounts} from "./token/Accounts.sol";
import {Authorizations} from "./token/Authorizations.sol";
import {Burning} from "./token/Burning.sol";
import {Callbacks} from "./token/Callbacks.sol";
import {ContractMetadata} from "./token/ContractMetadata.sol";
import {EpochClock} from "./token/EpochClock.sol";
import {Minting} from "./token/Minting.sol";
import {Parts} from "./token/Parts.sol";
import {Permits} from "./token/Permits.sol";
import {Restrictions} from "./token/Restrictions.sol";
import {Signatures} from "./token/Signatures.sol";
import {PointsParts} from "./types/PointsParts.sol";
import {PointsTerms} from "./types/PointsTerms.sol";

/// @notice See {IPointsToken}. The ledger, and on top of it one standard in each file.
contract PointsToken is Minting, Burning, Permits, Authorizations, Callbacks, ContractMetadata {
    constructor(PointsTerms memory terms, PointsParts memory parts)
        EpochClock(terms)
        Accounts(terms)
        AccessManaged(parts.authority)
        Restrictions(terms.transferPolicy)
        Parts(parts)
        Signatures(terms.name, terms.symbol)
        ContractMetadata(terms.contractURI)
    {}

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC20).interfaceId
            || interfaceId == type(IERC20Metadata).interfaceId || interfaceId == type(IERC7818).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || interfaceId == type(IERC5267).interfaceId
            || interfaceId == type(IERC3009).interfaceId || interfaceId == type(IERC3009Cancel).interfaceId
            || interfaceId == type(IERC1363).interfaceId || interfaceId == type(IERC7572).interfaceId;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Permits) returns (uint256) {
        return super.nonces(owner);
    }
}
