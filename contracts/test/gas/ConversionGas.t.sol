// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Agreement} from "../../src/types/Agreement.sol";
import {Partners} from "../Partners.sol";
import {Metering} from "./Metering.sol";

/// @notice What a conversion costs under an agreement that pays, when neither it nor the member is new.
/// forge-config: default.isolate = true
contract ConversionGasTest is Partners, Metering {
    function test_Convert() public {
        (, Agreement memory agreement) = ready(1_000_000);
        convert(alice, agreement, 30);
        bytes memory data = abi.encodeCall(air.exchange.convert, (agreement, 30, alice));
        meter("transaction", "convert points", alice, address(air.exchange), data);
        report();
    }
}
