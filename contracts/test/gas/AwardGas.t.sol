// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PointsTerms} from "../../src/types/PointsTerms.sol";
import {Terms} from "../../src/types/Terms.sol";
import {Deployed} from "../Deployed.sol";
import {IMinting} from "./IMinting.sol";
import {Metering} from "./Metering.sol";

/// @notice What one more award costs in a batch of 500: (a batch of 500 - a batch of 1) / 499, of whole transactions.
/// forge-config: default.isolate = true
contract AwardGasTest is Deployed, Metering {
    uint256 private constant AWARDS = 500;

    uint256 private constant EXISTING_MAX = 7_600;
    uint256 private constant ROLLOVER_MAX = 7_750;
    uint256 private constant NEW_MAX = 24_700;

    function setUp() public override {
        super.setUp();
        Terms memory terms = purchaseTerms();
        (terms.budget, terms.multipliers) = (1_000_000_000, RISING);
        setRule(PURCHASE, terms);
        vm.prank(owner);
        rules.setIssuerCap(issuer, 1_000_000_000);
        // Nothing below is the first of its kind: the batches of the issuer, the supply and the budget are stored already.
        award(PURCHASE, _entries("first", 1));
    }

    /// @dev Nobody rises to a tier here: what that costs comes once in a tier period.
    function pointsTerms() internal view override returns (PointsTerms memory terms) {
        terms = super.pointsTerms();
        terms.tierThresholds = [uint48(1_000_000), 5_000_000, 20_000_000];
    }

    function test_Award() public {
        uint256 newHolder = _award("tokenpoints, new holder");
        uint256 existing = _award("tokenpoints, existing holder");
        warpToEpoch(2);
        award(PURCHASE, _entries("first", 1));
        uint256 rollover = _award("tokenpoints, epoch rollover");
        assertLe(existing, EXISTING_MAX);
        assertLe(rollover, ROLLOVER_MAX);
        assertLe(newHolder, NEW_MAX);
        report();
    }

    function test_OpenZeppelin() public {
        IMinting token_ = _first("OpenZeppelinLoop");
        _mint("OpenZeppelin _mint loop, new holder", token_);
        _mint("OpenZeppelin _mint loop, existing holder", token_);
        report();
    }

    function test_Solady() public {
        IMinting token_ = _first("SoladyLoop");
        _mint("Solady _mint loop, new holder", token_);
        _mint("Solady _mint loop, existing holder", token_);
        report();
    }

    function test_ERC7818Asset() public {
        IMinting token_ = _first("ERC7818Asset");
        _mint("ERC-7818 asset, new holder", token_);
        _mint("ERC-7818 asset, existing holder", token_);
        vm.warp(block.timestamp + EPOCH_LENGTH);
        _mint("ERC-7818 asset, epoch rollover", token_);
        report();
    }

    function _award(string memory name) private returns (uint256 total) {
        bytes memory one = _batch(rules.batchCount(issuer) + 1, 1);
        bytes memory many = _batch(rules.batchCount(issuer) + 2, AWARDS);
        return meterEach("award", name, issuer, address(rules), one, many, AWARDS - 1);
    }

    function _mint(string memory name, IMinting token_) private {
        meterEach("award", name, issuer, address(token_), _arrays(1), _arrays(AWARDS), AWARDS - 1);
    }

    /// @dev With a supply that is stored already.
    function _first(string memory contractName) private returns (IMinting token_) {
        token_ = IMinting(create(contractName, ""));
        address[] memory accounts = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (accounts[0], amounts[0]) = (alice, 1);
        token_.mintBatch(accounts, amounts);
    }

    function _batch(uint64 batchNumber, uint256 count) private view returns (bytes memory) {
        bytes memory entries = _entries(_whose(count), count);
        return abi.encodeCall(rules.award, (batchNumber, groupOf(PURCHASE, entries), ROOT));
    }

    function _entries(string memory whose, uint256 count) private pure returns (bytes memory entries) {
        for (uint256 i; i < count; ++i) {
            (address account, uint48 units) = _receipt(whose, i);
            entries = bytes.concat(entries, entry(account, units));
        }
    }

    function _arrays(uint256 count) private pure returns (bytes memory) {
        address[] memory accounts = new address[](count);
        uint256[] memory amounts = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            uint48 units;
            (accounts[i], units) = _receipt(_whose(count), i);
            amounts[i] = units / 100;
        }
        return abi.encodeCall(IMinting.mintBatch, (accounts, amounts));
    }

    /// @dev The one of a small batch is none of the large one.
    function _whose(uint256 count) private pure returns (string memory) {
        return count == 1 ? "newone" : "new";
    }

    /// @dev Accounts whose addresses look random, purchases of 700.00 to 10,699.99: three bytes of units, one point each 100.
    function _receipt(string memory whose, uint256 i) private pure returns (address account, uint48 units) {
        bytes32 seed = keccak256(abi.encode(whose, i));
        return (address(uint160(uint256(seed))), uint48(70_000 + uint256(seed) % 1_000_000));
    }
}
