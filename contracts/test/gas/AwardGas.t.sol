// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {console} from "forge-std/console.sol";
import {Deployed} from "../Deployed.sol";
import {PointsTerms} from "../../src/types/PointsTerms.sol";
import {Terms} from "../../src/types/Terms.sol";
import {OpenZeppelinLoop, SoladyLoop} from "./MintLoops.sol";

/// @notice What one more award costs in a batch of 500: (a batch of 500 - a batch of 1) / 499, of whole transactions, calldata
/// included. Isolation makes each call at the top of a test a transaction of its own.
/// forge-config: default.isolate = true
contract AwardGasTest is Deployed {
    uint256 private constant AWARDS = 500;

    uint256 private constant EXISTING_MAX = 7_600;
    uint256 private constant ROLLOVER_MAX = 7_750;
    uint256 private constant NEW_MAX = 24_700;

    OpenZeppelinLoop private openZeppelin = new OpenZeppelinLoop();
    SoladyLoop private solady = new SoladyLoop();

    function setUp() public override {
        super.setUp();
        Terms memory terms = purchaseTerms();
        (terms.budget, terms.multipliers) = (1_000_000_000, RISING);
        setRule(PURCHASE, terms);
        vm.prank(owner);
        rules.setIssuerCap(issuer, 1_000_000_000);
        // Nothing below is the first of its kind: the batches of the issuer, the supply and the budget are stored already.
        award(PURCHASE, _entries("first", 1));
        address[] memory accounts = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (accounts[0], amounts[0]) = (alice, 1);
        openZeppelin.mintBatch(accounts, amounts);
        solady.mintBatch(accounts, amounts);
    }

    /// @dev Nobody rises to a tier here: what that costs comes once in a tier period.
    function pointsTerms() internal view override returns (PointsTerms memory terms) {
        terms = super.pointsTerms();
        terms.tierThresholds = [uint48(1_000_000), 5_000_000, 20_000_000];
    }

    function test_MarginalAward() public {
        uint256 newHolder = _marginal("new");
        uint256 existing = _marginal("new");
        warpToEpoch(2);
        award(PURCHASE, _entries("first", 1));
        uint256 rollover = _marginal("new");
        (uint256 ozNew, uint256 ozExisting) = (_marginalOpenZeppelin(), _marginalOpenZeppelin());
        (uint256 soladyNew, uint256 soladyExisting) = (_marginalSolady(), _marginalSolady());

        console.log("gas of one more award in a batch of 500, whole transactions");
        console.log("                           existing holder  epoch rollover  new holder");
        console.log("tokenpoints                %s             %s            %s", existing, rollover, newHolder);
        console.log("OpenZeppelin _mint loop    %s             -               %s", ozExisting, ozNew);
        console.log("Solady _mint loop          %s             -               %s", soladyExisting, soladyNew);

        vm.snapshotValue("award", "tokenpoints, existing holder", existing);
        vm.snapshotValue("award", "tokenpoints, epoch rollover", rollover);
        vm.snapshotValue("award", "tokenpoints, new holder", newHolder);
        vm.snapshotValue("award", "OpenZeppelin _mint loop, existing holder", ozExisting);
        vm.snapshotValue("award", "OpenZeppelin _mint loop, new holder", ozNew);
        vm.snapshotValue("award", "Solady _mint loop, existing holder", soladyExisting);
        vm.snapshotValue("award", "Solady _mint loop, new holder", soladyNew);

        assertLe(existing, EXISTING_MAX);
        assertLe(rollover, ROLLOVER_MAX);
        assertLe(newHolder, NEW_MAX);
    }

    function _marginal(string memory who) private returns (uint256) {
        award(PURCHASE, _entries(string.concat(who, "one"), 1));
        uint256 one = vm.lastCallGas().gasTotalUsed;
        award(PURCHASE, _entries(who, AWARDS));
        return (vm.lastCallGas().gasTotalUsed - one) / (AWARDS - 1);
    }

    function _marginalOpenZeppelin() private returns (uint256) {
        (address[] memory accounts, uint256[] memory amounts) = _arrays("one", 1);
        openZeppelin.mintBatch(accounts, amounts);
        uint256 one = vm.lastCallGas().gasTotalUsed;
        (accounts, amounts) = _arrays("many", AWARDS);
        openZeppelin.mintBatch(accounts, amounts);
        return (vm.lastCallGas().gasTotalUsed - one) / (AWARDS - 1);
    }

    function _marginalSolady() private returns (uint256) {
        (address[] memory accounts, uint256[] memory amounts) = _arrays("one", 1);
        solady.mintBatch(accounts, amounts);
        uint256 one = vm.lastCallGas().gasTotalUsed;
        (accounts, amounts) = _arrays("many", AWARDS);
        solady.mintBatch(accounts, amounts);
        return (vm.lastCallGas().gasTotalUsed - one) / (AWARDS - 1);
    }

    /// @dev Accounts whose addresses look random, purchases of 10.00 to 655.35 and some: three bytes of units, one point each 100.
    function _entries(string memory who, uint256 count) private pure returns (bytes memory entries) {
        for (uint256 i; i < count; ++i) {
            (address account, uint48 units) = _receipt(who, i);
            entries = bytes.concat(entries, entry(account, units));
        }
    }

    function _arrays(string memory who, uint256 count)
        private
        pure
        returns (address[] memory accounts, uint256[] memory amounts)
    {
        accounts = new address[](count);
        amounts = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            uint48 units;
            (accounts[i], units) = _receipt(who, i);
            amounts[i] = units / 100;
        }
    }

    function _receipt(string memory who, uint256 i) private pure returns (address account, uint48 units) {
        bytes32 seed = keccak256(abi.encode(who, i));
        return (address(uint160(uint256(seed))), uint48(70_000 + uint256(seed) % 1_000_000));
    }
}
