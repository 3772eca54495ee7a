// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Rate} from "../types/Rate.sol";
import {RefusalReason} from "../types/RefusalReason.sol";
import {IAuthorizations} from "./IAuthorizations.sol";
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
/// Expiry needs no transaction: `balanceOf` and `totalSupply` count live points only, and at every timestamp the
/// one is the sum of the other. The log follows when an account is next written (or swept): a `Transfer` to the zero address
/// of what has expired, before the event of the action itself. The sum of an account's Transfer logs is thus what its
/// stored word holds.
///
/// Over its whole life the ledger issues at most 2^46 - 1 points. Epoch 65535 is the last and has no end, so what is
/// live in it stays live: 179 years after the start with epochs of one day, 7 years with epochs of one hour.
///
/// By signature: ERC-2612 and ERC-3009 (see {IPermit} and {IAuthorizations}). With a call to the contract that is paid or approved: ERC-1363.
/// All of these, ERC-20 with its metadata, ERC-5267 and ERC-7818 are told by ERC-165.
///
/// @dev Assumes that block timestamps never decrease.
interface IPointsToken is IERC20Metadata, IERC20Errors, IERC7818, IPermit, IAuthorizations, IERC1363 {
    /// @notice The Transfer that follows, of the same accounts and amount, moves points earned in `epoch`; without this event, those
    /// that expire first move.
    event TransferredAtEpoch(address indexed from, address indexed to, uint256 indexed epoch, uint256 amount);

    /// @notice Only the minter can mint.
    error NotMinter(address caller);

    error EpochTooShort(uint32 epochLength, uint32 minimum);
    error EpochStartInFuture(uint40 epochStart, uint256 timestamp);
    error EmptyTierPeriod();

    /// @notice Mints points of the current epoch for the entries of a batch, in order: to each account what its units earn at
    /// `rate`, and no more than `limit` in all. The account's total of the tier period grows with them.
    /// @dev For the minter. Entries are packed as in Entries; it is the minter who bounds them and checks the rate. An entry that
    /// cannot be minted is left out: for the zero account, for no points, or as BudgetExceeded if it passes what is left
    /// of `limit`, as SupplyExceeded if it passes what can still be issued.
    ///
    /// Pricing is done here and not by the minter, since one loop is cheaper than two, by 110 gas an award.
    /// @return minted   points minted
    /// @return reasons  one for each entry, `None` for those minted; empty if all were
    function mintBatch(Rate calldata rate, uint256 limit, bytes calldata entries)
        external
        returns (uint256 minted, RefusalReason[] memory reasons);

    /// @notice Rolls the words of `accounts` to now, with a Transfer to the zero address where points have expired.
    /// @dev For anyone; no live balance changes. It is for readers who follow logs and not balances.
    /// @return expired points written off in this call, over all accounts
    function sweep(address[] calldata accounts) external returns (uint256 expired);

    /// @notice The only source of new points.
    function minter() external view returns (address);

    /// @notice Points that can still be issued, ever.
    function issuable() external view returns (uint256);

    /// @notice First second of epoch 1.
    function epochStart() external view returns (uint40);

    /// @notice Epochs of each tier period; the first begins with epoch 1.
    function tierPeriodEpochs() external view returns (uint16);

    /// @notice Live points of `account` by age: `points[n]` were earned in `epoch - n`, where `epoch` is the current one.
    function lotsOf(address account) external view returns (uint256[4] memory points, uint256 epoch);

    /// @notice The word of `account` as it is stored, not rolled to now. For its layout see AccountWord.
    function wordOf(address account) external view returns (uint256);

    /// @notice The word of the supply as it is stored: lots are the supply by epoch, the total is all ever issued.
    function supplyWord() external view returns (uint256);
}
