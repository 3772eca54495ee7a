// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ClawbackReason} from "../../src/types/ClawbackReason.sol";
import {AwardProof} from "../../src/types/AwardGroup.sol";
import {RefundReason} from "../../src/types/RefundReason.sol";
import {Terms} from "../../src/types/Terms.sol";
import {Kept, Receipts} from "../Receipts.sol";
import {Redeeming} from "../Redeeming.sol";
import {IMinting} from "./IMinting.sol";
import {Gas, Metering} from "./Metering.sol";

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
        report("transaction", "transfer to a holder", meter(alice, address(token), toHolder));
        bytes memory toNew = abi.encodeCall(token.transfer, (carol, 100));
        report("transaction", "transfer to a new holder", meter(alice, address(token), toNew));
    }

    function test_TransferAtEpoch() public {
        bytes memory data = abi.encodeCall(token.transferAtEpoch, (token.currentEpoch(), bob, 100));
        report("transaction", "transferAtEpoch to a holder", meter(alice, address(token), data));
    }

    function test_TransferOfOthers() public {
        _transferOf("OpenZeppelin", IMinting(create("OpenZeppelinLoop", "")));
        _transferOf("Solady", IMinting(create("SoladyLoop", "")));
        _transferOf("ERC-7818 asset", IMinting(create("ERC7818Asset", "")));
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
        report("transaction", "transfer of two epochs' points", meter(alice, address(token), data));
        report("transaction", "transfer of two epochs' points, ERC-7818 asset", meter(alice, address(asset), data));
    }

    function test_RedeemRefundAndUse() public {
        uint32 rewardId = addReward(coupon());
        redeem(bob, rewardId, 1, 100);
        bytes memory data = abi.encodeCall(catalogue.redeem, (rewardId, 1, 100));
        report("transaction", "redeem a coupon", meter(alice, rewards, data));
        data = abi.encodeCall(catalogue.refund, (2, RefundReason.Withdrawal));
        report("transaction", "refund a redemption", meter(adjuster, rewards, data));
        data = abi.encodeCall(vouchers.use, (bob, 1, 1, keccak256("visit 42")));
        report("transaction", "use a voucher", meter(bob, address(vouchers), data));
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
        vm.prank(issuer);
        rules.award(batchNumber, groupOf(PURCHASE, entries), root);

        AwardProof memory proof = Receipts.prove(kept, 0, CLAWED_BACK);
        (proof.issuer, proof.batchNumber, proof.awardedAt) = (issuer, batchNumber, uint40(block.timestamp));
        bytes memory data = abi.encodeCall(rules.clawBack, (proof, points[CLAWED_BACK], ClawbackReason.Refund));
        report("transaction", "claw back an award, of a batch of 500", meter(adjuster, address(rules), data));
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
        Gas memory few = meter(stranger, address(token), abi.encodeCall(token.sweep, (one)));
        Gas memory many = meter(stranger, address(token), abi.encodeCall(token.sweep, (accounts)));
        report("transaction", "sweep, each account of 100", marginal(few, many, SWEPT - 1));
    }

    function test_SetRule() public {
        Terms memory terms = purchaseTerms();
        report("transaction", "set a new rule", _setRule(VISIT + 1, terms));
        terms.numerator = 2;
        report("transaction", "set a better version of a rule", _setRule(VISIT + 1, terms));
        terms.numerator = 1;
        report("transaction", "announce a worse version of a rule", _setRule(VISIT + 1, terms));
    }

    function _setRule(uint32 ruleId, Terms memory terms) private returns (Gas memory) {
        return meter(operator, address(rules), abi.encodeCall(rules.setRule, (ruleId, terms)));
    }

    function _transferOf(string memory name, IMinting other) private {
        _give(other);
        bytes memory toHolder = abi.encodeCall(other.transfer, (bob, 100));
        bytes memory toNew = abi.encodeCall(other.transfer, (carol, 100));
        report("transaction", string.concat("transfer to a holder, ", name), meter(alice, address(other), toHolder));
        report("transaction", string.concat("transfer to a new holder, ", name), meter(alice, address(other), toNew));
    }

    function _give(IMinting other) private {
        address[] memory accounts = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (accounts[0], accounts[1], amounts[0], amounts[1]) = (alice, bob, 1_000, 1_000);
        other.mintBatch(accounts, amounts);
    }
}
