// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {IMemberAccount} from "./interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "./interfaces/IMemberAccounts.sol";
import {Signed} from "./types/Signed.sol";

/// @notice See {IMemberAccount}.
/// @dev Nothing here delegates or destroys: a claimed account's word changes by its member's calls alone. EIP712 keeps
/// name and version as immutables and takes the address of whoever runs it, so that each clone has its own domain.
contract MemberAccount is IMemberAccount, ERC7739, ERC721Holder, ERC1155Holder {
    bytes32 private constant CALL = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant EXECUTE = keccak256(
        "Execute(address by,Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)"
    );
    bytes32 private constant MEMBERSHIP = keccak256("Membership(address member,uint256 handovers,uint256 deadline)");

    // By their text, since these are overloaded or in no standard.
    bytes4 private constant APPROVE_AND_CALL = bytes4(keccak256("approveAndCall(address,uint256)"));
    bytes4 private constant APPROVE_AND_CALL_WITH_DATA = bytes4(keccak256("approveAndCall(address,uint256,bytes)"));
    bytes4 private constant INCREASE_ALLOWANCE = bytes4(keccak256("increaseAllowance(address,uint256)"));

    // One storage word.
    address public member;
    uint64 public nonce;
    uint32 public handovers;

    constructor() EIP712("MemberAccount", "1") {}

    receive() external payable {}

    /// @inheritdoc IMemberAccount
    function execute(address target, uint256 value, bytes calldata data) external returns (bytes memory result) {
        _checkActs(msg.sender);
        return _call(msg.sender, target, value, data);
    }

    /// @inheritdoc IMemberAccount
    function executeBatch(Call[] calldata calls) external returns (bytes[] memory results) {
        _checkActs(msg.sender);
        return _callAll(msg.sender, calls);
    }

    /// @inheritdoc IMemberAccount
    function executeSigned(address by, Call[] calldata calls, uint256 deadline, bytes calldata signature)
        external
        returns (bytes[] memory results)
    {
        _checkActs(by);
        // Used up before the calls, which may come back here.
        _checkSignature(by, keccak256(abi.encode(EXECUTE, by, _hash(calls), nonce++, deadline)), deadline, signature);
        return _callAll(by, calls);
    }

    /// @inheritdoc IMemberAccount
    function claim(address newMember, uint256 deadline, bytes calldata consent) external {
        if (msg.sender != factory()) revert NotFactory(msg.sender);
        if (member != address(0)) revert AlreadyClaimed(member);
        _handOver(newMember, deadline, consent);
    }

    /// @inheritdoc IMemberAccount
    function changeMember(address newMember, uint256 deadline, bytes calldata consent) external {
        // Before the claim a custodian can make the account call itself.
        if (member == address(0) || (msg.sender != member && msg.sender != address(this))) {
            revert NotMember(msg.sender);
        }
        _handOver(newMember, deadline, consent);
    }

    /// @inheritdoc IMemberAccount
    /// @dev Behind the code of each clone, so that the programs of a chain share this one.
    function factory() public view returns (address) {
        return address(bytes20(Clones.fetchCloneArgs(address(this))));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(IERC165, ERC1155Holder) returns (bool) {
        return interfaceId == type(IMemberAccount).interfaceId || interfaceId == type(IERC1271).interfaceId
            || interfaceId == type(IERC5267).interfaceId || interfaceId == type(IERC721Receiver).interfaceId
            || super.supportsInterface(interfaceId);
    }

    function _handOver(address newMember, uint256 deadline, bytes calldata consent) private {
        _checkSignature(
            newMember, keccak256(abi.encode(MEMBERSHIP, newMember, handovers++, deadline)), deadline, consent
        );
        emit MemberChanged(member, newMember);
        member = newMember;
    }

    function _callAll(address by, Call[] calldata calls) private returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        uint256 handovers_ = handovers;
        for (uint256 i; i < calls.length; ++i) {
            if (handovers != handovers_) revert HandedOver(member);
            results[i] = _call(by, calls[i].target, calls[i].value, calls[i].data);
        }
    }

    function _call(address by, address target, uint256 value, bytes calldata data) private returns (bytes memory) {
        if (member == address(0) && _isApproval(bytes4(data))) revert ApprovalByCustodian(bytes4(data));
        emit Executed(by, target, value, data);
        (bool success, bytes memory result) = target.call{value: value}(data);
        return Address.verifyCallResult(success, result);
    }

    function _checkActs(address by) private view {
        if (member == address(0)) {
            if (!IMemberAccounts(factory()).isCustodian(by)) revert NotCustodian(by);
        } else if (by != member) {
            revert NotMember(by);
        }
    }

    function _checkSignature(address signer, bytes32 structHash, uint256 deadline, bytes calldata signature)
        private
        view
    {
        if (block.timestamp > deadline) revert SignatureExpired(deadline, block.timestamp);
        if (!Signed.isBy(signer, _hashTypedDataV4(structHash), signature)) revert InvalidSignature(signer);
    }

    /// @dev What ERC7739 asks. A custodian's signature could be a permit, and the allowance would outlast the claim.
    function _rawSignatureValidation(bytes32 hash, bytes calldata signature) internal view override returns (bool) {
        return member != address(0) && Signed.isBy(member, hash, signature);
    }

    function _isApproval(bytes4 selector) private pure returns (bool) {
        return selector == IERC20.approve.selector || selector == IERC1155.setApprovalForAll.selector
            || selector == APPROVE_AND_CALL || selector == APPROVE_AND_CALL_WITH_DATA || selector == INCREASE_ALLOWANCE;
    }

    function _hash(Call[] calldata calls) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            hashes[i] = keccak256(abi.encode(CALL, calls[i].target, calls[i].value, keccak256(calls[i].data)));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
