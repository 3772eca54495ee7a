// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {Deployed} from "./Deployed.sol";

/// @notice The typed data of accounts, written once more after the interfaces, and signed.
library MemberSigning {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    string private constant CALL = "Call(address target,uint256 value,bytes data)";

    function domain(string memory name, address verifying) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256(bytes(name)), keccak256("1"), block.chainid, verifying));
    }

    function membership(address account, address member, uint256 handovers, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("Membership(address member,uint256 handovers,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, member, handovers, deadline));
        return MessageHashUtils.toTypedDataHash(domain("MemberAccount", account), structHash);
    }

    function claim(address factory, address account, address member, uint256 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Claim(address account,address member,uint256 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, account, member, deadline));
        return MessageHashUtils.toTypedDataHash(domain("MemberAccounts", factory), structHash);
    }

    function execution(address account, address by, IMemberAccount.Call[] memory calls, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes memory hashes;
        for (uint256 i; i < calls.length; ++i) {
            bytes32 dataHash = keccak256(calls[i].data);
            bytes32 callHash = keccak256(abi.encode(keccak256(bytes(CALL)), calls[i].target, calls[i].value, dataHash));
            hashes = bytes.concat(hashes, callHash);
        }
        bytes32 typeHash =
            keccak256(bytes(string.concat("Execute(address by,Call[] calls,uint256 nonce,uint256 deadline)", CALL)));
        bytes32 structHash = keccak256(abi.encode(typeHash, by, keccak256(hashes), nonce, deadline));
        return MessageHashUtils.toTypedDataHash(domain("MemberAccount", account), structHash);
    }
}

/// @notice A program with an account that a member is about to claim, their keys and what they sign.
abstract contract Members is Deployed {
    bytes32 internal constant COMMITMENT = keccak256("salt and member");
    uint256 internal constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    IMemberAccounts internal members;
    /// @dev Where the account of COMMITMENT is, or will be.
    IMemberAccount internal account;

    address internal member;
    uint256 internal memberKey;
    address internal other;
    uint256 internal otherKey;
    uint256 internal custodianKey;
    uint256 internal deadline;

    function setUp() public virtual override {
        super.setUp();
        members = createMemberAccounts(address(manager));
        account = IMemberAccount(members.accountOf(COMMITMENT));
        (member, memberKey) = makeAddrAndKey("member");
        (other, otherKey) = makeAddrAndKey("other");
        (, custodianKey) = makeAddrAndKey("custodian");
        deadline = block.timestamp + 1 hours;
    }

    function claim() internal {
        bytes memory consent = consentOf(memberKey);
        vm.prank(custodian);
        members.claim(COMMITMENT, member, deadline, consent);
    }

    /// @dev To be the member of `account`, as often handed over as it now is.
    function consentOf(uint256 key) internal view returns (bytes memory) {
        uint256 handovers = address(account).code.length == 0 ? 0 : account.handovers();
        return sign(key, MemberSigning.membership(address(account), vm.addr(key), handovers, deadline));
    }

    function signExecution(uint256 key, IMemberAccount.Call[] memory calls) internal view returns (bytes memory) {
        return signExecution(key, account, calls, account.nonce());
    }

    function signExecution(uint256 key, IMemberAccount on, IMemberAccount.Call[] memory calls, uint256 nonce)
        internal
        view
        returns (bytes memory)
    {
        return sign(key, MemberSigning.execution(address(on), vm.addr(key), calls, nonce, deadline));
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The other ECDSA signature of the same message by the same key.
    function malleated(bytes memory signature) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s, uint8 v) = (word(signature, 0), word(signature, 32), uint8(signature[64]));
        assertLe(uint256(s), HALF_ORDER);
        return abi.encodePacked(r, 2 * HALF_ORDER + 1 - uint256(s), v == 27 ? uint8(28) : uint8(27));
    }

    function transferOf(address to, uint256 amount) internal view returns (bytes memory) {
        return abi.encodeCall(token.transfer, (to, amount));
    }

    function one(address target, bytes memory data) internal pure returns (IMemberAccount.Call[] memory calls) {
        calls = new IMemberAccount.Call[](1);
        calls[0] = IMemberAccount.Call(target, 0, data);
    }

    function two(address target, bytes memory data, address target2, bytes memory data2)
        internal
        pure
        returns (IMemberAccount.Call[] memory calls)
    {
        calls = new IMemberAccount.Call[](2);
        calls[0] = IMemberAccount.Call(target, 0, data);
        calls[1] = IMemberAccount.Call(target2, 0, data2);
    }

    function expectNotCustodian(address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotCustodian.selector, caller));
    }

    function expectNotMember(address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotMember.selector, caller));
    }

    function expectInvalidSignature(address signer) internal {
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.InvalidSignature.selector, signer));
    }

    function word(bytes memory data, uint256 offset) private pure returns (bytes32 value) {
        for (uint256 i; i < 32; ++i) {
            value |= bytes32(data[offset + i]) >> (8 * i);
        }
    }
}
