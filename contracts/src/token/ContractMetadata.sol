// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC7572} from "../interfaces/IERC7572.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";

/// @notice ERC-7572: what the token says of itself.
abstract contract ContractMetadata is IPointsToken, AccessManaged {
    /// @inheritdoc IERC7572
    string public contractURI;

    constructor(string memory uri) {
        contractURI = uri;
    }

    /// @inheritdoc IPointsToken
    function setContractURI(string calldata uri) external restricted {
        contractURI = uri;
        emit ContractURIUpdated();
    }
}
