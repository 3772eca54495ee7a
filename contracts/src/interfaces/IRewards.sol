// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Redemption} from "../types/Redemption.sol";
import {RefundReason} from "../types/RefundReason.sol";
import {Reward} from "../types/Reward.sol";
import {VoucherKind} from "../types/VoucherKind.sol";

/// @title The catalogue of a program, and the burning of points for what is in it.
///
/// @notice A redemption burns points of its caller, those that expire first, and mints vouchers, all of one id: the
/// redemption's number. Redemptions are numbered 1, 2, 3, … over the whole program, rewards likewise.
///
/// A reward never gets worse for members at once: it can be changed where nobody gets less by it, and closed, which
/// waits out the notice period of the program's rules. Another kind of worse reward is another reward. What was
/// redeemed stays as it was, whatever becomes of its reward.
///
/// A refund takes all vouchers of a redemption back and restores its points: to their lots while these live, else as
/// points of the current epoch.
///
/// @dev Errors of rewards are those of RewardLibrary, errors of access those of AccessManaged; lack of points, freeze
/// and pause are told by the token's errors.
interface IRewards {
    /// @notice A reward was added, changed, or is to close at `reward.closesAt`. Versions count from 1.
    event RewardSet(uint32 indexed rewardId, uint32 indexed version, Reward reward);

    /// @notice What the token logs of the points, ending with their Transfer to the zero address, comes before it, the
    /// vouchers' TransferSingle after it.
    /// @param number            of the piece in its edition, from 1; 0 for all but limited editions
    /// @param voucherExpiresAt  first second in which the vouchers are worth nothing; type(uint40).max for never
    event Redeemed(
        uint256 indexed redemptionId,
        address indexed account,
        uint32 indexed rewardId,
        uint32 quantity,
        uint256 points,
        uint32 number,
        uint40 voucherExpiresAt
    );

    /// @notice The vouchers' TransferSingle to the zero address and what the token logs of the points, ending with
    /// their Transfer to `account`, come after it.
    event Refunded(uint256 indexed redemptionId, address indexed account, uint256 points, RefundReason reason);

    /// @notice The token burns for another contract.
    error ForeignToken(address token, address redeemer);

    /// @notice The vouchers are minted by another contract.
    error ForeignVouchers(address vouchers, address rewards);

    error UnknownReward(uint32 rewardId);
    error WorseReward(uint32 rewardId);

    /// @notice The reward closes at the end of the notice period or before it.
    error AlreadyClosing(uint32 rewardId, uint40 closesAt);

    error ProgramEnded(uint40 endedAt);
    error RewardNotOpen(uint32 rewardId, uint40 opensAt, uint40 closesAt);

    /// @notice Nothing, or more than one where one is all: of a limited edition, and where the member chooses the
    /// points.
    error InvalidQuantity(uint32 rewardId, uint32 quantity);

    /// @notice The quantity costs at least `pointsMin` and at most `pointsMax`.
    error PriceDiffers(uint256 points, uint256 pointsMin, uint256 pointsMax);

    error TierTooLow(address account, uint256 tier, uint256 tierMin);
    error StockExceeded(uint32 rewardId, uint32 left, uint32 quantity);
    error LimitExceeded(uint32 rewardId, address account, uint32 left, uint32 quantity);
    error UnknownRedemption(uint256 redemptionId);
    error AlreadyRefunded(uint256 redemptionId);

    /// @notice Adds a reward to the catalogue, as its version 1. For operators.
    function addReward(Reward calldata reward) external returns (uint32 rewardId);

    /// @notice Sets the next version of a reward, worse for members in no respect. For operators.
    /// @dev Reverts with {UnknownReward}, {WorseReward}, or the fault of the reward. What can be compared, and how, is
    /// told at RewardLibrary.isWorse. What was redeemed counts against the new stock and limit. A reward that is
    /// closing opens again by a later `closesAt`.
    function changeReward(uint32 rewardId, Reward calldata reward) external returns (uint32 version);

    /// @notice Closes a reward as soon as the notice period of the rules allows. For operators.
    /// @dev Reverts with {UnknownReward} or {AlreadyClosing}. A reward that has not opened by then never does.
    function closeReward(uint32 rewardId) external returns (uint40 closesAt);

    /// @notice Burns `points` of the caller for `quantity` vouchers.
    /// @dev `points` are what the caller agrees to pay in all: `quantity` times the price, or for one voucher of a
    /// reward with a range of prices any number in it. So nobody pays a price that they did not see. Goes on while the
    /// program's end is announced, and ends with the program.
    ///
    /// Reverts with {UnknownReward}, {ProgramEnded}, {RewardNotOpen}, {InvalidQuantity}, {PriceDiffers}, {TierTooLow},
    /// {StockExceeded}, {LimitExceeded}, an error of the token's, or where the caller is a contract that does not
    /// receive ERC-1155 tokens. The receiver is called last.
    function redeem(uint32 rewardId, uint32 quantity, uint256 points) external returns (uint256 redemptionId);

    /// @notice Takes the vouchers of a redemption back and restores its points to the account that redeemed. For
    /// adjusters.
    /// @dev The vouchers must all be unused and with that account; they may have expired. It needs no consent of the
    /// member's: an event that is cancelled is refunded to everyone, and nobody gets less than they paid.
    ///
    /// The member's limit comes back, and so does the stock but that of a limited edition, in which the number is
    /// retired: one given twice, or beyond the edition's size, would make the others worth less.
    ///
    /// Reverts with {UnknownRedemption}, {AlreadyRefunded}, with ERC1155InsufficientBalance or {IVouchers-PassUsed} of
    /// the vouchers, or an error of the token's.
    function refund(uint256 redemptionId, RefundReason reason) external;

    function token() external view returns (address);

    function vouchers() external view returns (address);

    /// @notice The number of the last reward, 0 before the first.
    function rewardCount() external view returns (uint32);

    /// @notice The number of the last redemption, 0 before the first.
    function redemptionCount() external view returns (uint256);

    /// @dev Reverts with {UnknownReward}; so do the two below.
    function rewardOf(uint32 rewardId) external view returns (Reward memory reward, uint32 version);

    /// @notice Vouchers that can still be redeemed; type(uint32).max without a limit.
    function stockLeft(uint32 rewardId) external view returns (uint32);

    /// @notice Vouchers that `account` can still redeem while the stock lasts; type(uint32).max without a limit.
    function limitLeft(uint32 rewardId, address account) external view returns (uint32);

    /// @dev Reverts with {UnknownRedemption}; so does the one below.
    function redemptionOf(uint256 redemptionId) external view returns (Redemption memory);

    /// @notice What the vouchers of a redemption are. It never changes.
    function voucherOf(uint256 redemptionId) external view returns (VoucherKind kind, bool soulbound, uint40 expiresAt);
}
