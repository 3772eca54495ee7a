// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";

/// @title A partner's contract that lets in whoever has a voucher of one reward, and uses the voucher up.
///
/// @notice The holder calls `vouchers.setApprovalForAll(gate, true)` once, then `gate.enter(voucherId, visit)`. A coupon or an invitation
/// is burned by that; a season pass is kept, and its use is logged.
///
/// @dev Vouchers of all rewards of a program are in one contract, and an id is a redemption: which reward it was for is asked of
/// {IRewards}. The approval covers all vouchers of the holder; this contract can do nothing with it but what {enter} does, for its caller.
contract VoucherGate {
    IVouchers public immutable vouchers;
    IRewards public immutable rewards;
    uint32 public immutable rewardId;

    mapping(bytes32 visit => address) public visitor;

    /// @param visit  the hash of whatever the occasion is, so that nothing of it can be read
    event Entered(address indexed account, uint256 indexed voucherId, bytes32 indexed visit);

    error WrongReward(uint256 voucherId, uint32 rewardId);
    error VisitTaken(bytes32 visit, address visitor);

    constructor(IVouchers vouchers_, uint32 rewardId_) {
        vouchers = vouchers_;
        rewards = IRewards(vouchers_.rewards());
        rewardId = rewardId_;
    }

    /// @notice Uses one of the caller's vouchers for a visit.
    /// @dev Reverts with {WrongReward}, {VisitTaken}, or as IVouchers-use does: where the voucher has expired, is not the caller's, or this
    /// contract is not approved.
    function enter(uint256 voucherId, bytes32 visit) external {
        if (visitor[visit] != address(0)) revert VisitTaken(visit, visitor[visit]);
        uint32 of_ = rewards.redemptionOf(voucherId).rewardId;
        if (of_ != rewardId) revert WrongReward(voucherId, of_);
        visitor[visit] = msg.sender;
        emit Entered(msg.sender, voucherId, visit);
        vouchers.use(msg.sender, voucherId, 1, visit);
    }

    /// @notice Whether the account holds a voucher that opens this gate now, without using it.
    function isWelcome(address account, uint256 voucherId) external view returns (bool) {
        return rewards.redemptionOf(voucherId).rewardId == rewardId && vouchers.isLive(voucherId)
            && vouchers.balanceOf(account, voucherId) != 0;
    }
}
