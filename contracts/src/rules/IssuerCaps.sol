// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IEarningRules} from "../interfaces/IEarningRules.sol";
import {RollingWindow} from "../types/RollingWindow.sol";

/// @notice How much a key can do, whatever the rules allow. See {IEarningRules}.
abstract contract IssuerCaps is IEarningRules, AccessManaged {
    uint256 public constant CAP_WINDOW = 1 days;

    struct Cap {
        uint48 points;
        RollingWindow spent;
    }

    mapping(address issuer => Cap) private _caps;

    /// @inheritdoc IEarningRules
    function setIssuerCap(address issuer, uint48 points) external restricted {
        _caps[issuer].points = points;
        emit IssuerCapSet(issuer, points);
    }

    /// @inheritdoc IEarningRules
    function issuerCapOf(address issuer) external view returns (uint48) {
        return _caps[issuer].points;
    }

    /// @inheritdoc IEarningRules
    function issuerCapLeft(address issuer) public view returns (uint256 left) {
        Cap storage cap = _caps[issuer];
        uint256 spent = cap.spent.rollTo(block.timestamp, CAP_WINDOW).spent();
        return cap.points > spent ? cap.points - spent : 0;
    }

    /// @dev The caller has checked that `points` are left.
    function _spendCap(address issuer, uint256 points) internal {
        Cap storage cap = _caps[issuer];
        cap.spent = cap.spent.rollTo(block.timestamp, CAP_WINDOW).spend(points);
    }
}
