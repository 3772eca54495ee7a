// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ClawbackReason} from "../../src/types/ClawbackReason.sol";
import {AwardGroup, AwardProof} from "../../src/types/AwardGroup.sol";
import {RefundReason} from "../../src/types/RefundReason.sol";
import {Terms} from "../../src/types/Terms.sol";
import {Kept, Receipts} from "../Receipts.sol";
import {Redeeming} from "../Redeeming.sol";
import {IMinting} from "./IMinting.sol";
import {Metering} from "./Metering.sol";

/// @notice What single transactions of a program cost whose members, rules and rewards are in use.
/// forge-config: default.isolate = true
contract PointsGasTest is Redeeming, Metering {
    uint256 private constant SWEPT = 100;
    uint256 private constant BATCH = 500;
    uint256 private constant CLAWED_BACK = 77;

    function setUp() public override {
        super.setUp();
        give(alice, 1_000);
        give(bob, 1_000);
    }

    function test_Transfer() public {
        bytes memory toHolder = abi.encodeCall(token.transfer, (bob, 100));
        meter("transaction", "transfer to a holder", alice, address(token), toHolder);
        bytes memory toNew = abi.encodeCall(token.transfer, (carol, 100));
        meter("transaction", "transfer to a new holder", alice, address(token), toNew);
        report();
    }

    function test_TransferAtEpoch() public {
        bytes memory data = abi.encodeCall(token.transferAtEpoch, (token.currentEpoch(), bob, 100));
        meter("transaction", "transferAtEpoch to a holder", alice, address(token), data);
        report();
    }

    function test_TransferOfOthers() public {
        _transferOf("OpenZeppelin", IMinting(create("OpenZeppelinLoop", "")));
        _transferOf("Solady", IMinting(create("SoladyLoop", "")));
        _transferOf("ERC-7818 asset", IMinting(create("ERC7818Asset", "")));
        report();
    }

    /// @dev The points of two epochs, in one transfer.
    function test_TransferOfTwoEpochs() public {
        IMinting asset = IMinting(create("ERC7818Asset", ""));
        _give(asset);
        warpToEpoch(2);
        _give(asset);
        give(alice, 1_000);
        give(bob, 1_000);
        bytes memory data = abi.encodeCall(token.transfer, (bob, 1_500));
        meter("transaction", "transfer of two epochs' points", alice, address(token), data);
        meter("transaction", "transfer of two epochs' points, ERC-7818 asset", alice, address(asset), data);
        report();
    }

    function test_RedeemRefundAndUse() public {
        uint32 rewardId = addReward(coupon());
        redeem(bob, rewardId, 1, 100);
        bytes memory data = abi.encodeCall(catalogue.redeem, (rewardId, 1, 100));
        meter("transaction", "redeem a coupon", alice, rewards, data);
        data = abi.encodeCall(catalogue.refund, (2, RefundReason.Withdrawal));
        meter("transaction", "refund a redemption", adjuster, rewards, data);
        data = abi.encodeCall(vouchers.use, (bob, 1, 1, keccak256("visit 42")));
        meter("transaction", "use a voucher", bob, address(vouchers), data);
        report();
    }

    /// @dev One award of a batch of 500 purchases.
    function test_ClawBack() public {
        bytes memory entries;
        Kept[] memory kept = new Kept[](1);
        uint48[] memory points = new uint48[](BATCH);
        for (uint256 i; i < BATCH; ++i) {
            points[i] = uint48(i + 1);
            entries = bytes.concat(entries, entry(address(uint160(uint256(keccak256(abi.encode(i))))), 100 * points[i]));
        }
        kept[0] = Kept(PURCHASE, 1, entries, points);
        bytes[] memory groups = new bytes[](1);
        groups[0] = entries;
        bytes32 root = Receipts.rootOf(Receipts.leavesOf(groups));
        uint64 batchNumber = rules.batchCount(issuer) + 1;
        AwardGroup[] memory awarded = groupOf(PURCHASE, entries);
        vm.prank(issuer);
        rules.award(batchNumber, awarded, root);

        AwardProof memory proof = Receipts.prove(kept, 0, CLAWED_BACK);
        (proof.issuer, proof.batchNumber, proof.awardedAt) = (issuer, batchNumber, uint40(block.timestamp));
        bytes memory data = abi.encodeCall(rules.clawBack, (proof, points[CLAWED_BACK], ClawbackReason.Refund));
        meter("transaction", "claw back an award, of a batch of 500", adjuster, address(rules), data);
        report();
    }

    function test_Sweep() public {
        address[] memory accounts = new address[](SWEPT);
        address[] memory one = new address[](1);
        one[0] = alice;
        bytes memory entries;
        for (uint256 i; i < SWEPT; ++i) {
            accounts[i] = address(uint160(uint256(keccak256(abi.encode(i)))));
            entries = bytes.concat(entries, entry(accounts[i], 10_000));
        }
        award(PURCHASE, entries);
        warpToEpoch(5);
        bytes memory few = abi.encodeCall(token.sweep, (one));
        bytes memory many = abi.encodeCall(token.sweep, (accounts));
        meterEach("transaction", "sweep, each of 100 accounts", stranger, address(token), few, many, SWEPT - 1);
        report();
    }

    function test_SetRule() public {
        Terms memory terms = purchaseTerms();
        _setRule("set a new rule", terms);
        terms.numerator = 2;
        _setRule("set a better version of a rule", terms);
        terms.numerator = 1;
        _setRule("announce a worse version of a rule", terms);
        report();
    }

    function _setRule(string memory name, Terms memory terms) private {
        bytes memory data = abi.encodeCall(rules.setRule, (VISIT + 1, terms));
        meter("transaction", name, operator, address(rules), data);
    }

    function _transferOf(string memory name, IMinting other) private {
        _give(other);
        bytes memory toHolder = abi.encodeCall(other.transfer, (bob, 100));
        bytes memory toNew = abi.encodeCall(other.transfer, (carol, 100));
        meter("transaction", string.concat("transfer to a holder, ", name), alice, address(other), toHolder);
        meter("transaction", string.concat("transfer to a new holder, ", name), alice, address(other), toNew);
    }

    function _give(IMinting other) private {
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (accounts[0], accounts[1], amounts[0], amounts[1]) = (alice, bob, 1_000, 1_000);
        other.mintBatch(accounts, amounts);
    }
}
