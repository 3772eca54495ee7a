// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IEarningRules} from "../interfaces/IEarningRules.sol";
import {IPartnerExchange} from "../interfaces/IPartnerExchange.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {IRewards} from "../interfaces/IRewards.sol";
import {IVouchers} from "../interfaces/IVouchers.sol";
import {Program, ProgramKeys} from "../types/Program.sol";
import {Roles} from "../types/Roles.sol";

/// @notice Who may do what in a program. What is not listed here is the owner's, or anyone's.
library Permissions {
    /// @dev Gives each function to its role.
    function assign(Program memory program) internal {
        IAccessManager manager = IAccessManager(program.manager);
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (IEarningRules.setRule.selector, IEarningRules.cancelChange.selector);
        manager.setTargetFunctionRole(program.rules, selectors, Roles.OPERATOR);
        manager.setTargetFunctionRole(program.rules, _one(IEarningRules.award.selector), Roles.ISSUER);
        manager.setTargetFunctionRole(program.rules, _one(IEarningRules.clawBack.selector), Roles.ADJUSTER);
        manager.setTargetFunctionRole(program.rewards, _one(IRewards.refund.selector), Roles.ADJUSTER);
        (selectors[0], selectors[1]) = (IVouchers.setURI.selector, IVouchers.setContractURI.selector);
        manager.setTargetFunctionRole(program.vouchers, selectors, Roles.OPERATOR);
        selectors = new bytes4[](3);
        (selectors[0], selectors[1]) = (IPointsToken.setPartner.selector, IPointsToken.openTransfers.selector);
        selectors[2] = IPointsToken.setContractURI.selector;
        manager.setTargetFunctionRole(program.token, selectors, Roles.OPERATOR);
        (selectors[0], selectors[1]) = (IRewards.addReward.selector, IRewards.changeReward.selector);
        selectors[2] = IRewards.closeReward.selector;
        manager.setTargetFunctionRole(program.rewards, selectors, Roles.OPERATOR);
        (selectors[0], selectors[1]) = (IPartnerExchange.sign.selector, IPartnerExchange.terminate.selector);
        selectors[2] = IPartnerExchange.withdraw.selector;
        manager.setTargetFunctionRole(program.exchange, selectors, Roles.OPERATOR);
        selectors = new bytes4[](4);
        (selectors[0], selectors[1]) = (IPointsToken.pause.selector, IPointsToken.unpause.selector);
        (selectors[2], selectors[3]) = (IPointsToken.freeze.selector, IPointsToken.unfreeze.selector);
        manager.setTargetFunctionRole(program.token, selectors, Roles.GUARDIAN);
    }

    /// @dev Gives each role to its key. A guardian can cancel what an operator scheduled.
    function grant(IAccessManager manager, ProgramKeys calldata keys) internal {
        _grant(manager, Roles.OPERATOR, "operator", keys.operator, keys.operatorDelay);
        _grant(manager, Roles.ISSUER, "issuer", keys.issuer, 0);
        _grant(manager, Roles.GUARDIAN, "guardian", keys.guardian, 0);
        _grant(manager, Roles.CUSTODIAN, "custodian", keys.custodian, 0);
        _grant(manager, Roles.ADJUSTER, "adjuster", keys.adjuster, 0);
        manager.setRoleGuardian(Roles.OPERATOR, Roles.GUARDIAN);
    }

    /// @dev Leaves the manager to the owner.
    function handOver(IAccessManager manager, ProgramKeys calldata keys) internal {
        manager.grantRole(Roles.OWNER, keys.owner, keys.ownerDelay);
        manager.renounceRole(Roles.OWNER, address(this));
    }

    function _grant(IAccessManager manager, uint64 role, string memory label, address key, uint32 delay) private {
        manager.labelRole(role, label);
        if (key != address(0)) manager.grantRole(role, key, delay);
    }

    function _one(bytes4 selector) private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](1);
        selectors[0] = selector;
    }
}
