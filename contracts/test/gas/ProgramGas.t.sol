// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IProgramFactory} from "../../src/interfaces/IProgramFactory.sol";
import {PointsTerms} from "../../src/types/PointsTerms.sol";
import {ProgramKeys, ProgramTerms} from "../../src/types/Program.sol";
import {TransferPolicy} from "../../src/types/TransferPolicy.sol";
import {Creation} from "../Creation.sol";
import {Metering} from "./Metering.sol";

/// @notice What a program costs: seven contracts, their wiring, roles and keys.
/// forge-config: default.isolate = true
contract ProgramGasTest is Creation, Metering {
    function test_Create() public {
        vm.warp(1_700_000_000);
        IProgramFactory factory = createProgramFactory();
        bytes memory data = abi.encodeCall(factory.create, ("riverside", terms(), keys()));
        meter("transaction", "create a program", makeAddr("brand"), address(factory), data);
        report();
    }

    function terms() private view returns (ProgramTerms memory) {
        PointsTerms memory points = PointsTerms({
            name: "Points",
            symbol: "PTS",
            decimals: 0,
            epochStart: uint40(block.timestamp),
            epochLength: 90 days,
            pointsExpire: true,
            tierPeriodEpochs: 4,
            tierThresholds: [uint48(1_000), 5_000, 20_000],
            transferPolicy: TransferPolicy.Partners,
            contractURI: "https://example.com/points.json"
        });
        return ProgramTerms(points, 30 days, 14 days, 1e18, "https://example.com/vouchers/{id}.json", "");
    }

    function keys() private returns (ProgramKeys memory) {
        return ProgramKeys({
            owner: makeAddr("owner"),
            operator: makeAddr("operator"),
            issuer: makeAddr("issuer"),
            guardian: makeAddr("guardian"),
            custodian: makeAddr("custodian"),
            adjuster: makeAddr("adjuster"),
            ownerDelay: 2 days,
            operatorDelay: 1 days,
            issuerCap: 1_000_000,
            adjusterCap: 10_000
        });
    }
}
