// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IEarningRules} from "../src/interfaces/IEarningRules.sol";
import {Deployed} from "./Deployed.sol";

/// @notice What the rules are created with. What they do is in RuleVersions, Notice, IssuerCaps, Batches and Clawback.
///
/// constructor ── token of another minter ── revert │ the program's
contract EarningRulesTest is Deployed {
    function test_RevertWhen_TokenHasAnotherMinter() public {
        vm.expectRevert(abi.encodeWithSelector(IEarningRules.ForeignToken.selector, address(token), address(rules)));
        createEarningRules(address(manager), address(token), NOTICE, LOOK_BACK);
    }

    function test_Deployment() public view {
        assertEq(rules.token(), address(token));
        assertEq(rules.lookBack(), LOOK_BACK);
        assertEq(rules.noticePeriod(), NOTICE);
        assertEq(rules.endAnnouncedAt(), 0);
        assertEq(rules.endsAt(), type(uint40).max);
        assertFalse(rules.hasEnded());
        assertEq(rules.issuerCapOf(issuer), ISSUER_CAP);
    }
}
