// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

/// @title Members' accounts, whose addresses are known before they exist.
///
/// @notice An account's address follows from a commitment, a salted hash that says nothing of the person without its
/// salt. Points can be sent to the address at any time; code is put there (an ERC-1167 clone) when the account must
/// act.
///
/// A claim makes the account a member's, once and for good; see {IMemberAccount}. It takes two: a custodian vouches
/// that the key is that of the person behind the commitment, and the key consents, by signing `Membership` under the
/// account's domain.
interface IMemberAccounts is IERC5267 {
    event AccountCreated(address indexed account, bytes32 indexed commitment);
    event AccountClaimed(address indexed account, address indexed member);

    /// @notice `account` lacks the custodian's role, or holds it with a delay.
    error NotCustodian(address account);

    /// @notice The signature is neither of the signer's key nor one that the signer accepts by ERC-1271, or it is for
    /// other terms.
    error InvalidSignature(address signer);

    /// @notice Puts code at the account's address, if there is none yet. For anyone: the outcome is the same.
    function create(bytes32 commitment) external returns (address account);

    /// @notice Makes the account `member`'s, and creates it first where it does not exist. For a custodian, who may pay
    /// for it.
    /// @dev Reverts as {IMemberAccount-claim} does: AlreadyClaimed, SignatureExpired, InvalidSignature.
    /// @param deadline The last second at which the consent is good.
    /// @param consent The member's signature of `Membership`; `handovers` is 0 in it.
    function claim(bytes32 commitment, address member, uint256 deadline, bytes calldata consent)
        external
        returns (address account);

    /// @notice As `claim` by `custodian`, for anyone to send.
    /// @dev The custodian signs `Claim(address account,address member,uint256 deadline)` as EIP-712 typed data under
    /// the domain of this contract (name "MemberAccounts", version "1"), with the same deadline.
    function claimSigned(
        bytes32 commitment,
        address member,
        uint256 deadline,
        bytes calldata consent,
        address custodian,
        bytes calldata signature
    ) external returns (address account);

    /// @notice The account's address, with code or without.
    function accountOf(bytes32 commitment) external view returns (address account);

    /// @notice Whether `account` acts for accounts that are not claimed: it has the authority's custodian role without
    /// a delay.
    function isCustodian(address account) external view returns (bool);

    /// @notice The MemberAccount that every account delegates to.
    function implementation() external view returns (address);
}
