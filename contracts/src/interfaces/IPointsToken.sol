// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {AccountWord} from "../types/AccountWord.sol";
import {FreezeReason} from "../types/FreezeReason.sol";
import {Rate} from "../types/Rate.sol";
import {RefusalReason} from "../types/RefusalReason.sol";
import {TransferPolicy} from "../types/TransferPolicy.sol";
import {IAuthorizations} from "./IAuthorizations.sol";
import {IERC7572} from "./IERC7572.sol";
import {IERC7818} from "./IERC7818.sol";
import {IPermit} from "./IPermit.sol";

/// @title The ledger of a program: an ERC-20 whose points expire.
///
/// @notice Time is cut into epochs of one length, numbered from 1. Points earned in epoch e are live through the last second of
/// epoch e+3, and at `epochStart + (e+3) * epochLength` they are expired. They keep the epoch in which they were earned
/// wherever they go, and those that expire first go first, unless a transfer names the epoch whose points it moves.
///
/// `currentEpoch` is `1 + (block.timestamp - epochStart) / epochLength`, at most 65535; `validityDuration` is 4.
///
/// In a program whose points never expire, `validityDuration` is 2^256 - 1, and all points are of the current epoch: from each epoch
/// they are carried into the next.
///
/// Expiry needs no transaction: `balanceOf` and `totalSupply` count live points only, and at every timestamp the
/// one is the sum of the other. The log follows when an account is next written (or swept): a `Transfer` to the zero address
/// of what has expired, before the event of the action itself. The sum of an account's Transfer logs is thus what its
/// stored word holds.
///
/// Tiers are 0 to 3. An account's tier rises, at once, to the one that the points of its awards in the tier period lead to. At the
/// end of a tier period it becomes the one that the points of that period led to: a tier is kept through the period after the one
/// in which it was earned. Transfers, conversions and refunds of redemptions count for no tier; what is clawed back from an
/// award of the current period no longer counts. {tierOf} needs no transaction; {TierChanged} is logged when a tier rises, and
/// when an account is first written (or swept) after it fell.
///
/// Over its whole life the ledger issues at most 2^46 - 1 points. Epoch 65535 is the last and has no end, so what is
/// live in it stays live: 179 years after the start with epochs of one day, 7 years with epochs of one hour.
///
/// Points are minted and burned by contracts of the program alone, which are named once and for ever: its rules, its rewards and its
/// exchange. What they take and give is logged as lots, a word with an epoch (16 bits, on top) and four lots (46 bits each, the
/// youngest lowest), before the Transfer.
///
/// By signature: ERC-2612 and ERC-3009 (see {IPermit} and {IAuthorizations}). With a call to the contract that is paid or approved: ERC-1363.
/// All of these, ERC-20 with its metadata, ERC-5267, ERC-7572 and ERC-7818 are told by ERC-165.
///
/// @dev Assumes that block timestamps never decrease.
interface IPointsToken is IERC20Metadata, IERC20Errors, IERC7572, IERC7818, IPermit, IAuthorizations, IERC1363 {
    /// @notice The Transfer that follows, of the same accounts and amount, moves points earned in `epoch`; without this event, those
    /// that expire first move.
    event TransferredAtEpoch(address indexed from, address indexed to, uint256 indexed epoch, uint256 amount);

    event TierChanged(address indexed account, uint256 from, uint256 to);

    /// @notice `lots` went from `account`, for a redemption or a conversion.
    event LotsBurned(address indexed account, AccountWord lots);

    /// @notice `lots` came back to `account` from a redemption that was refunded.
    event LotsRestored(address indexed account, AccountWord lots);

    /// @notice `lots` were minted to `account`, for points of a partner.
    event LotsMinted(address indexed account, AccountWord lots);

    /// @notice `lots` went from `account` with an award, and `unearned` points from its total of the tier period.
    event LotsClawedBack(address indexed account, AccountWord lots, uint256 unearned);

    event AccountFrozen(address indexed account, FreezeReason indexed reason, uint40 until);
    event AccountUnfrozen(address indexed account);
    event PartnerSet(address indexed account, bool partner);
    event TransfersOpened(TransferPolicy policy);

    /// @notice The token stands still until `until`; 0 if it goes on.
    event PauseSet(uint40 until);

    /// @notice Only this contract of the program can do it.
    error NotPart(address part, address caller);

    error EpochTooShort(uint32 epochLength, uint32 minimum);
    error EpochStartInFuture(uint40 epochStart, uint256 timestamp);
    error EmptyTierPeriod();
    error NoSuchAge(uint256 age);
    error NotOfThisEpoch(uint256 epoch, uint256 current);
    error SupplyExceeded(uint256 points, uint256 issuable);
    error Paused(uint40 until);
    error AccountIsFrozen(address account, uint40 until);
    error TransferNotAllowed(address from, address to, TransferPolicy policy);
    error PolicyNotWider(TransferPolicy current, TransferPolicy given);

    /// @notice A pause or a freeze must end after now and not later than `latest`.
    error InvalidEnd(uint40 until, uint256 latest);

    /// @notice Mints points of the current epoch for the entries of a batch, in order: to each account what its units earn at
    /// `rate` in its tier, and no more than `limit` in all. The account's total of the tier period grows with them.
    /// @dev For the minter. Entries are packed as in Entries; it is the minter who bounds them and checks the rate. An entry that
    /// cannot be minted is left out: for the zero account, for no points, or as BudgetExceeded if it passes what is left
    /// of `limit`, as SupplyExceeded if it passes what can still be issued.
    ///
    /// Pricing is done here and not by the minter, since one loop is cheaper than two, by 110 gas an award.
    /// @return minted     points minted
    /// @return mintsHash  what proves the points of each entry; see Mints
    /// @return reasons    one for each entry, `None` for those minted; empty if all were
    function mintBatch(Rate calldata rate, uint256 limit, bytes calldata entries)
        external
        returns (uint256 minted, bytes32 mintsHash, RefusalReason[] memory reasons);

    /// @notice Takes back `points` of an award of `epoch`, while points of that epoch live: from what is left of them first, then from
    /// those that expire first, and no more than there are.
    /// @dev For the minter, who knows what the award minted.
    /// @return burned points taken
    function clawBack(address from, uint256 epoch, uint256 points) external returns (uint256 burned);

    /// @notice Burns `amount` points of age `ageMax` and younger, those that expire first first.
    /// @dev For the redeemer and the exchange, which act for `from` only when it asked them to. Reverts with ERC20InsufficientBalance,
    /// of the points of these ages, {AccountIsFrozen} and {NoSuchAge}.
    /// @return taken the lots burned
    function burn(address from, uint256 amount, uint256 ageMax) external returns (AccountWord taken);

    /// @notice Puts back lots that a burn took: those that live at the age they have now, the others as points of the current epoch.
    /// @dev For the redeemer.
    function restore(address to, AccountWord taken) external;

    /// @notice Mints lots of the current epoch. They count for no tier.
    /// @dev For the exchange. Reverts with {NotOfThisEpoch} and {SupplyExceeded}.
    function mintLots(address to, AccountWord lots) external;

    /// @notice Rolls the words of `accounts` to now, with a Transfer to the zero address where points have expired.
    /// @dev For anyone; no live balance changes. It is for readers who follow logs and not balances.
    /// @return expired points written off in this call, over all accounts
    function sweep(address[] calldata accounts) external returns (uint256 expired);

    /// @notice Stops whatever moves, mints or burns points, until `until`, at most 14 days from now.
    /// @dev For guardians, at once. {approve} and all that reads go on.
    function pause(uint40 until) external;

    /// @dev For guardians.
    function unpause() external;

    /// @notice Stops `account` from transferring, redeeming and converting until `until`, at most 90 days from now. It still receives,
    /// and its points still expire.
    /// @dev For guardians, at once. A second freeze takes the place of the first.
    function freeze(address account, FreezeReason reason, uint40 until) external;

    /// @dev For guardians. A freeze ends by itself too.
    function unfreeze(address account) external;

    /// @notice Makes `account` a partner's, with which points may be exchanged under any policy, or no longer one.
    /// @dev For operators.
    function setPartner(address account, bool partner) external;

    /// @notice Allows transfers that were not allowed. There is no way back.
    /// @dev For operators. Reverts with {PolicyNotWider}.
    function openTransfers(TransferPolicy policy) external;

    /// @dev For operators.
    function setContractURI(string calldata uri) external;

    /// @notice The EarningRules: the only source of new points but for those that partners' points are converted into.
    function minter() external view returns (address);

    /// @notice The Rewards.
    function redeemer() external view returns (address);

    /// @notice The PartnerExchange.
    function exchange() external view returns (address);

    /// @notice Points that can still be issued, ever.
    function issuable() external view returns (uint256);

    /// @notice First second of epoch 1.
    function epochStart() external view returns (uint40);

    /// @notice The epoch in which `timestamp` falls, which is not before epoch 1.
    function epochAt(uint256 timestamp) external view returns (uint256 epoch);

    function pointsExpire() external view returns (bool);

    /// @notice First second at which points `age` epochs old no longer count; 2^256 - 1 where they always will.
    /// @dev Reverts with {NoSuchAge} above 3.
    function expiryOf(uint256 age) external view returns (uint256 timestamp);

    /// @notice Epochs of each tier period; the first begins with epoch 1.
    function tierPeriodEpochs() external view returns (uint16);

    /// @notice Points of a tier period that lead to tiers 1, 2 and 3; 0 where there is no such tier.
    function tierThresholds() external view returns (uint256[3] memory thresholds);

    /// @notice The tier of `account` now.
    function tierOf(address account) external view returns (uint256 tier);

    /// @notice Points that `account` was awarded in this tier period.
    function tierPointsOf(address account) external view returns (uint256 points);

    /// @notice Until when the token stands still, if that is after now.
    function pausedUntil() external view returns (uint40);

    function transferPolicy() external view returns (TransferPolicy);

    function isPartner(address account) external view returns (bool);

    /// @return reason  without meaning where `until` is 0
    /// @return until   0 unless the account is frozen now
    function freezeOf(address account) external view returns (FreezeReason reason, uint40 until);

    /// @notice Live points of `account` by age: `points[n]` were earned in `epoch - n`, where `epoch` is the current one.
    function lotsOf(address account) external view returns (uint256[4] memory points, uint256 epoch);

    /// @notice The word of `account` as it is stored, not rolled to now. For its layout see AccountWord.
    function wordOf(address account) external view returns (uint256);

    /// @notice The word of the supply as it is stored: lots are the supply by epoch, the total is all ever issued.
    function supplyWord() external view returns (uint256);
}
