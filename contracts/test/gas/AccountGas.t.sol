// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Members} from "../Members.sol";
import {IMemberAccount} from "../../src/interfaces/IMemberAccount.sol";
import {Metering} from "./Metering.sol";

/// @notice What single transactions around a member's account cost.
/// forge-config: default.isolate = true
contract AccountGasTest is Members, Metering {
    function test_CreateThenClaim() public {
        bytes memory creation = abi.encodeCall(members.create, (COMMITMENT));
        meter("transaction", "create an account", stranger, address(members), creation);
        meter("transaction", "claim an account that exists", custodian, address(members), _claim());
        report();
    }

    function test_ClaimAtOnce() public {
        meter("transaction", "claim an account that does not exist yet", custodian, address(members), _claim());
        report();
    }

    function test_ExecuteSigned() public {
        give(address(account), 1_000);
        give(bob, 1_000);
        claim();
        // The second of its member, who has a nonce by then.
        _execute();
        bytes memory data = _signedTransfer();
        meter("transaction", "transfer to a holder, signed and relayed", stranger, address(account), data);
        report();
    }

    function _execute() private {
        (bool success,) = address(account).call(_signedTransfer());
        assertTrue(success);
    }

    function _signedTransfer() private view returns (bytes memory) {
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(bob, 100));
        return abi.encodeCall(account.executeSigned, (member, calls, deadline, signExecution(memberKey, calls)));
    }

    function _claim() private view returns (bytes memory) {
        return abi.encodeCall(members.claim, (COMMITMENT, member, deadline, consentOf(memberKey)));
    }
}
