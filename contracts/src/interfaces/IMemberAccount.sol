// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";

/// @title One member's account, in which the program's custodian acts until the member claims it, and the member alone
/// from then on.
///
/// @notice Before the claim, whoever is custodian (see {IMemberAccounts-isCustodian}) acts through the three functions
/// named `execute…`. What a custodian does is logged and final. But nothing is to reach past the claim: a custodian
/// cannot give approvals (those named at `execute`), and has no ERC-1271 signature, which could be a permit. After the
/// claim no custodian has a way in, whatever the authority says. The address and what it holds stay the same.
///
/// The member is a key, or a contract that signs by ERC-1271. Whatever the member does anyone can relay: calls are
/// signed for `executeSigned`, and a change of key is a call of the account to itself. So the member needs no ether.
///
/// What is signed, as EIP-712 typed data under the domain that ERC-5267 tells (name "MemberAccount", version "1", the
/// account's address, which is known before the account exists):
///
///     Execute(address by,Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)
///     Membership(address member,uint256 handovers,uint256 deadline)
///
/// A deadline is the last second at which the signature is good. By ERC-1271 a claimed account accepts its member's
/// signatures in the form of ERC-7739: nested in the account's own domain, so that a signature for one account of a key
/// is none for another. Tokens' permits and authorizations take them as `bytes`.
///
/// Holds ether, ERC-721 and ERC-1155 tokens as well.
interface IMemberAccount is IERC5267, IERC1271, IERC165 {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /// @notice The account made a call, in the name of its member or, before the claim, of a custodian.
    event Executed(address indexed by, address indexed target, uint256 value, bytes data);

    /// @notice The account is another key's; `previous` is zero at the claim.
    event MemberChanged(address indexed previous, address indexed member);

    /// @notice Nobody has claimed the account, and `caller` lacks the custodian's role, or holds it with a delay.
    error NotCustodian(address caller);

    /// @notice The account is claimed, and not by `caller`; or nobody has claimed it, and only a member may do this.
    error NotMember(address caller);

    /// @notice Only the factory can.
    error NotFactory(address caller);

    error AlreadyClaimed(address member);

    /// @notice A custodian would give others a power that outlasts the claim.
    error ApprovalByCustodian(bytes4 selector);

    /// @notice A call of the batch handed the account over, so that the rest is not the caller's to decide.
    error HandedOver(address member);

    error SignatureExpired(uint256 deadline, uint256 timestamp);

    /// @notice The signature is neither of the signer's key nor one that the signer accepts by ERC-1271, or it is for
    /// other terms or another nonce.
    error InvalidSignature(address signer);

    /// @notice Calls `target` as this account and returns its answer; if `target` reverts, this reverts with the same
    /// data.
    /// @dev For the member, and before the claim for a custodian, who gets ApprovalByCustodian for `approve` (ERC-20,
    /// ERC-721), `setApprovalForAll` (ERC-721, ERC-1155), `approveAndCall` (ERC-1363) and `increaseAllowance`. The
    /// value is paid from the account's own funds. A target without code answers any call with nothing.
    function execute(address target, uint256 value, bytes calldata data) external returns (bytes memory result);

    /// @notice As `execute`, for several calls in order: all happen or none. Only the last may hand the account over.
    function executeBatch(Call[] calldata calls) external returns (bytes[] memory results);

    /// @notice As `executeBatch` by `by`, who signed `Execute` with the account's nonce. Anyone can send it, once.
    /// @dev If a call reverts, all is undone, and the signature can be sent again. No calls at all use up the nonce,
    /// and with it whatever else was signed for it.
    function executeSigned(address by, Call[] calldata calls, uint256 deadline, bytes calldata signature)
        external
        returns (bytes[] memory results);

    /// @notice Gives the account to its first member. For the factory, see {IMemberAccounts-claim}.
    /// @param consent The signature of `Membership` by `newMember`.
    function claim(address newMember, uint256 deadline, bytes calldata consent) external;

    /// @notice Gives the account to another key. For the member, or for the account itself at the member's word.
    /// @param consent The signature of `Membership` by `newMember`, so that no mistaken key gets the account.
    function changeMember(address newMember, uint256 deadline, bytes calldata consent) external;

    /// @notice Whose account it is; zero before the claim.
    function member() external view returns (address);

    /// @notice What the next `Execute` is signed with. Each that is executed uses one up.
    function nonce() external view returns (uint64);

    /// @notice How often the account was handed over, the claim included. `Membership` is signed with it, so that a
    /// consent serves once.
    function handovers() external view returns (uint32);

    /// @notice The MemberAccounts that knows the custodians.
    function factory() external view returns (address);
}
