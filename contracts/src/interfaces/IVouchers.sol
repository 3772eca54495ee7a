// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {VoucherKind} from "../types/VoucherKind.sol";
import {IERC7572} from "./IERC7572.sol";

/// @title What members receive for their points: ERC-1155 tokens, each id the vouchers of one redemption.
///
/// @notice What a voucher is (kind, expiry, number, whether it is bound to its account) is told by the program's
/// {IRewards}, and is fixed when it is redeemed. This contract keeps who holds it, and how often a pass was used.
///
/// An expired voucher can be neither transferred nor used. One that is soulbound moves only when it is minted and
/// burned.
///
/// ERC-1155 with its metadata and ERC-7572 are told by ERC-165.
///
/// @dev Errors of access are those of AccessManaged, those of {IRewards} pass through: an id without a redemption is
/// `UnknownRedemption(uint256 redemptionId)`.
interface IVouchers is IERC1155MetadataURI, IERC1155Errors, IERC7572 {
    /// @notice Of a coupon or an invitation, a TransferSingle to the zero address comes before it.
    event VoucherUsed(uint256 indexed id, address indexed account, uint256 quantity, bytes32 indexed referenceHash);

    /// @notice The template of all ids: ERC-1155's URI event would have to be emitted for each.
    event URITemplateUpdated(string template);

    /// @notice Only the program's Rewards mint and burn.
    error NotRewards(address caller);

    error VoucherExpired(uint256 id, uint40 expiresAt);
    error VoucherSoulbound(uint256 id);

    /// @notice No part of a limited edition can be used, nor none of any vouchers.
    error NothingToUse(uint256 id, VoucherKind kind, uint256 quantity);

    /// @notice A pass that was used is not taken back.
    error PassUsed(uint256 id, uint256 useCount);

    /// @notice Mints the vouchers of a redemption. For the program's Rewards.
    function mint(address to, uint256 id, uint256 quantity) external;

    /// @notice Burns the vouchers of a redemption that is refunded. For the program's Rewards.
    /// @dev Reverts with {PassUsed}, or with ERC1155InsufficientBalance where `from` no longer holds `quantity`.
    function burn(address from, uint256 id, uint256 quantity) external;

    /// @notice Uses vouchers of `account`: coupons and invitations are burned, the use of a season pass is logged.
    /// @dev For the account and whomever it approved for all. `referenceHash` names the occasion: the hash of the
    /// shop's reference, so that nothing of it can be read. Reverts with ERC1155MissingApprovalForAll,
    /// {VoucherExpired}, {NothingToUse} or ERC1155InsufficientBalance.
    function use(address account, uint256 id, uint256 quantity, bytes32 referenceHash) external;

    /// @notice Sets what `uri` answers for every id; clients put the id in place of `{id}`. For operators.
    function setURI(string calldata template) external;

    /// @notice For operators.
    function setContractURI(string calldata uri) external;

    function rewards() external view returns (address);

    function name() external view returns (string memory);

    function kindOf(uint256 id) external view returns (VoucherKind);

    /// @notice First second in which the vouchers are worth nothing; type(uint40).max for never.
    function expiryOf(uint256 id) external view returns (uint40);

    function isSoulbound(uint256 id) external view returns (bool);

    /// @notice Number of the piece in its edition, from 1; 0 for all but limited editions.
    function numberOf(uint256 id) external view returns (uint32);

    /// @notice Whether the vouchers that are left have neither expired nor been refunded.
    function isLive(uint256 id) external view returns (bool);

    /// @notice How many passes of that id were used, each use counted; 0 for all but season passes.
    function useCountOf(uint256 id) external view returns (uint256);
}
