// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {IPermit} from "../src/interfaces/IPermit.sol";
import {Roles} from "../src/types/Roles.sol";
import {HostileMember, Reentrant} from "./HostileMembers.sol";
import {Members, MemberSigning} from "./Members.sol";
import {ContractAccount} from "./Signing.sol";

/// @notice
/// executeSigned ─ too late │ another signer │ a stranger │ a custodian after the claim │ a member before ── revert
///               ├ other terms │ twice │ another account │ chain │ nonce │ malleable │ for another handover ── revert
///               ├ a member that reverts │ burns the gas │ answers garbage, too little, nothing ── revert
///               ├ a call reverts ─ and can be sent again
///               ├ a call comes back with the same signature ── revert
///               └ by the custodian before the claim │ the member after │ a contract │ at the last second │ no calls
/// isValidSignature ─ unclaimed │ not nested │ for another account │ another key │ the former key ── refused
///                  └ typed data │ a text │ that it knows ERC-7739
/// the token, by the account ─ permit │ transferWithAuthorization │ cancelAuthorization
contract MemberAccountSignaturesTest is Members {
    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    string private constant PERMIT_TYPE =
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
    string private constant TRANSFER_TYPE = "TransferWithAuthorization(address from,address to,uint256 value,"
        "uint256 validAfter,uint256 validBefore,bytes32 nonce)";
    string private constant CANCEL_TYPE = "CancelAuthorization(address authorizer,bytes32 nonce)";
    bytes4 private constant REFUSED = 0xffffffff;

    function setUp() public override {
        super.setUp();
        members.create(COMMITMENT);
        give(address(account), 10);
    }

    function test_AnyoneRelaysTheMembersCalls() public {
        claim();
        IMemberAccount.Call[] memory calls =
            two(address(token), transferOf(alice, 4), address(token), transferOf(bob, 3));
        bytes memory signature = signExecution(memberKey, calls);
        vm.expectEmit(address(account));
        emit IMemberAccount.Executed(member, address(token), 0, calls[0].data);
        vm.prank(stranger);
        bytes[] memory results = account.executeSigned(member, calls, deadline, signature);
        assertTrue(abi.decode(results[1], (bool)));
        assertEq(token.balanceOf(alice), 4);
        assertEq(token.balanceOf(bob), 3);
        assertEq(account.nonce(), 1);
        assertEq(account.handovers(), 1);
    }

    function test_AnyoneRelaysTheCustodiansCallsBeforeTheClaim() public {
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 4));
        bytes memory signature = signExecution(custodianKey, calls);
        vm.expectEmit(address(account));
        emit IMemberAccount.Executed(custodian, address(token), 0, calls[0].data);
        vm.prank(stranger);
        account.executeSigned(custodian, calls, deadline, signature);
        assertEq(token.balanceOf(alice), 4);
    }

    function test_AnyoneRelaysAChangeOfKey() public {
        claim();
        bytes memory changing = abi.encodeCall(account.changeMember, (other, deadline, consentOf(otherKey)));
        IMemberAccount.Call[] memory calls = one(address(account), changing);
        account.executeSigned(member, calls, deadline, signExecution(memberKey, calls));
        assertEq(account.member(), other);
        calls = one(address(token), transferOf(alice, 1));
        bytes memory signature = signExecution(memberKey, calls);
        expectNotMember(member);
        account.executeSigned(member, calls, deadline, signature);
        expectInvalidSignature(other);
        account.executeSigned(other, calls, deadline, signature);
        account.executeSigned(other, calls, deadline, signExecution(otherKey, calls));
    }

    function test_SignedForTheLastSecond() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 4));
        bytes memory signature = signExecution(memberKey, calls);
        vm.warp(deadline);
        account.executeSigned(member, calls, deadline, signature);
        assertEq(token.balanceOf(alice), 4);
    }

    function test_RevertWhen_SignedCallsAreLate() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 4));
        bytes memory signature = signExecution(memberKey, calls);
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.SignatureExpired.selector, deadline, deadline + 1));
        account.executeSigned(member, calls, deadline, signature);
    }

    function test_RevertWhen_SignedByNobodyWhoActs() public {
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 4));
        bytes memory byMember = signExecution(memberKey, calls);
        bytes memory byCustodian = signExecution(custodianKey, calls);
        expectNotCustodian(member);
        account.executeSigned(member, calls, deadline, byMember);
        expectInvalidSignature(custodian);
        account.executeSigned(custodian, calls, deadline, byMember);

        claim();
        expectNotMember(custodian);
        account.executeSigned(custodian, calls, deadline, byCustodian);
        expectInvalidSignature(member);
        account.executeSigned(member, calls, deadline, byCustodian);
    }

    function test_RevertWhen_SignedByADismissedCustodian() public {
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 4));
        bytes memory signature = signExecution(custodianKey, calls);
        vm.prank(owner);
        manager.revokeRole(Roles.CUSTODIAN, custodian);
        expectNotCustodian(custodian);
        account.executeSigned(custodian, calls, deadline, signature);
    }

    function test_RevertWhen_SignatureIsSentAgain() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 1));
        bytes memory signature = signExecution(memberKey, calls);
        account.executeSigned(member, calls, deadline, signature);
        expectInvalidSignature(member);
        account.executeSigned(member, calls, deadline, signature);
        account.executeSigned(member, calls, deadline, signExecution(memberKey, calls));
        assertEq(account.nonce(), 2);
    }

    function test_RevertWhen_SignatureIsForElsewhere() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 1));
        IMemberAccount another = IMemberAccount(members.create(ROOT));
        bytes[3] memory signatures = [
            signExecution(memberKey, another, calls, 0),
            signExecution(memberKey, account, calls, 1),
            malleated(signExecution(memberKey, calls))
        ];
        for (uint256 i; i < signatures.length; ++i) {
            expectInvalidSignature(member);
            account.executeSigned(member, calls, deadline, signatures[i]);
        }
        bytes memory signature = signExecution(memberKey, calls);
        vm.chainId(block.chainid + 1);
        expectInvalidSignature(member);
        account.executeSigned(member, calls, deadline, signature);
    }

    /// @dev A contract of the old key's accepts what the key signed, but not in the name of another.
    function test_RevertWhen_SignedInTheNameOfAFormerMember() public {
        claim();
        address wallet = address(new ContractAccount(member));
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 1));
        bytes memory signature = signExecution(memberKey, calls);
        bytes memory consent = sign(memberKey, MemberSigning.membership(address(account), wallet, 1, deadline));
        vm.prank(member);
        account.changeMember(wallet, deadline, consent);
        expectInvalidSignature(wallet);
        account.executeSigned(wallet, calls, deadline, signature);
        signature = sign(memberKey, MemberSigning.execution(address(account), wallet, calls, 0, deadline));
        account.executeSigned(wallet, calls, deadline, signature);
        assertEq(token.balanceOf(alice), 1);
    }

    function testFuzz_OnlyWhatWasSigned(uint256 seed, uint8 field) public {
        claim();
        IMemberAccount.Call[] memory calls =
            two(address(token), transferOf(alice, 1), address(token), transferOf(bob, 1));
        bytes memory signature = signExecution(memberKey, calls);
        uint256 until = deadline;
        field %= 6;
        if (field == 0) calls[seed % 2].target = address(uint160(bound(seed, 1, type(uint160).max - 1)));
        if (field == 1) calls[seed % 2].value = bound(seed, 1, type(uint256).max);
        if (field == 2) calls[seed % 2].data = abi.encodePacked(calls[seed % 2].data, seed);
        if (field == 3) (calls[0], calls[1]) = (calls[1], calls[0]);
        if (field == 4) until = bound(seed, deadline + 1, type(uint256).max);
        if (field == 5) signature[seed % 65] ^= bytes1(uint8(1 << (seed % 8)));
        expectInvalidSignature(member);
        account.executeSigned(member, calls, until, signature);
        assertEq(account.nonce(), 0);
    }

    function test_NoCallsCancelWhatWasSigned() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 1));
        bytes memory signature = signExecution(memberKey, calls);
        IMemberAccount.Call[] memory none;
        account.executeSigned(member, none, deadline, signExecution(memberKey, none));
        expectInvalidSignature(member);
        account.executeSigned(member, calls, deadline, signature);
    }

    function test_SentAgainAfterACallReverted() public {
        claim();
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 11));
        bytes memory signature = signExecution(memberKey, calls);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(account), 10, 11)
        );
        account.executeSigned(member, calls, deadline, signature);
        assertEq(account.nonce(), 0);
        give(address(account), 1);
        account.executeSigned(member, calls, deadline, signature);
        assertEq(token.balanceOf(alice), 11);
    }

    function test_RevertWhen_ACallSendsTheSignatureAgain() public {
        claim();
        Reentrant reentrant = new Reentrant();
        IMemberAccount.Call[] memory calls = one(address(reentrant), "");
        bytes memory signature = signExecution(memberKey, calls);
        bytes memory again = abi.encodeCall(account.executeSigned, (member, calls, deadline, signature));
        reentrant.prepare(address(account), again);
        expectInvalidSignature(member);
        account.executeSigned(member, calls, deadline, signature);
    }

    /// @dev A call that comes back with what the member signed as well does what another transaction would.
    function test_ACallSendsTheNextSignature() public {
        claim();
        Reentrant reentrant = new Reentrant();
        IMemberAccount.Call[] memory calls = one(address(reentrant), "");
        IMemberAccount.Call[] memory next = one(address(token), transferOf(alice, 1));
        bytes memory signature = signExecution(memberKey, account, next, 1);
        reentrant.prepare(address(account), abi.encodeCall(account.executeSigned, (member, next, deadline, signature)));
        account.executeSigned(member, calls, deadline, signExecution(memberKey, calls));
        assertEq(account.nonce(), 2);
        assertEq(token.balanceOf(alice), 1);
    }

    function test_RevertWhen_MemberAnswersAsNoSignerShould() public {
        HostileMember hostile = new HostileMember();
        vm.prank(custodian);
        members.claim(COMMITMENT, address(hostile), deadline, "");
        IMemberAccount.Call[] memory calls = one(address(token), transferOf(alice, 1));
        for (uint8 i = 1; i <= uint8(type(HostileMember.Answer).max); ++i) {
            hostile.set(HostileMember.Answer(i));
            expectInvalidSignature(address(hostile));
            account.executeSigned{gas: 5_000_000}(address(hostile), calls, deadline, "");
            assertEq(account.isValidSignature{gas: 5_000_000}(ROOT, ""), REFUSED);
        }
        hostile.set(HostileMember.Answer.Consent);
        account.executeSigned(address(hostile), calls, deadline, "");
        assertEq(token.balanceOf(alice), 1);
    }

    function test_RevertWhen_ClaimantAnswersAsNoSignerShould() public {
        HostileMember hostile = new HostileMember();
        for (uint8 i = 1; i <= uint8(type(HostileMember.Answer).max); ++i) {
            hostile.set(HostileMember.Answer(i));
            vm.prank(custodian);
            expectInvalidSignature(address(hostile));
            members.claim{gas: 5_000_000}(COMMITMENT, address(hostile), deadline, "");
        }
        assertEq(account.member(), address(0));
    }

    function test_SignsTypedData() public {
        claim();
        bytes32 contents = permitHash(alice, 5, 0);
        assertEq(
            account.isValidSignature(
                tokenDigest(contents), nested(memberKey, account, contents, PERMIT_TYPE, "Permit")
            ),
            IERC1271.isValidSignature.selector
        );
    }

    function test_SignsTexts() public {
        claim();
        bytes32 hash = MessageHashUtils.toEthSignedMessageHash(bytes("it is me"));
        bytes32 structHash = keccak256(abi.encode(keccak256("PersonalSign(bytes prefixed)"), hash));
        bytes32 domain = MemberSigning.domain("MemberAccount", address(account));
        bytes memory signature = sign(memberKey, MessageHashUtils.toTypedDataHash(domain, structHash));
        assertEq(account.isValidSignature(hash, signature), IERC1271.isValidSignature.selector);
        assertEq(account.isValidSignature(keccak256("another"), signature), REFUSED);
        assertEq(account.isValidSignature(hash, malleated(signature)), REFUSED);
        vm.chainId(block.chainid + 1);
        assertEq(account.isValidSignature(hash, signature), REFUSED);
    }

    function test_TellsThatItNestsSignatures() public view {
        bytes32 question = 0x7739773977397739773977397739773977397739773977397739773977397739;
        assertEq(account.isValidSignature(question, ""), bytes4(0x77390001));
    }

    function test_UnclaimedAccountSignsNothing() public {
        bytes32 contents = permitHash(custodian, 5, 0);
        bytes memory signature = nested(custodianKey, account, contents, PERMIT_TYPE, "Permit");
        assertEq(account.isValidSignature(tokenDigest(contents), signature), REFUSED);
        vm.expectRevert(abi.encodeWithSelector(IPermit.InvalidSignature.selector, address(account)));
        token.permit(address(account), custodian, 5, deadline, signature);
        // Nor has the zero address, who is the member as yet, signed what no key has.
        assertEq(account.isValidSignature(tokenDigest(contents), new bytes(65)), REFUSED);
    }

    function test_RevertWhen_SignatureIsForAnotherAccountOfTheKey() public {
        claim();
        IMemberAccount another = IMemberAccount(members.create(ROOT));
        bytes memory consent = sign(memberKey, MemberSigning.membership(address(another), member, 0, deadline));
        vm.prank(custodian);
        members.claim(ROOT, member, deadline, consent);

        bytes32 contents = permitHash(alice, 5, 0);
        bytes memory signature = nested(memberKey, another, contents, PERMIT_TYPE, "Permit");
        assertEq(another.isValidSignature(tokenDigest(contents), signature), IERC1271.isValidSignature.selector);
        expectRefused(contents, signature, "for another account");
        expectRefused(contents, sign(memberKey, tokenDigest(contents)), "not nested");
        expectRefused(contents, nested(otherKey, account, contents, PERMIT_TYPE, "Permit"), "another key");
        expectRefused(contents, nested(memberKey, account, contents, PERMIT_TYPE, ""), "of no type");
    }

    function test_FormerKeySignsNothing() public {
        claim();
        bytes32 contents = permitHash(alice, 5, 0);
        bytes memory signature = nested(memberKey, account, contents, PERMIT_TYPE, "Permit");
        bytes memory consent = consentOf(otherKey);
        vm.prank(member);
        account.changeMember(other, deadline, consent);
        expectRefused(contents, signature, "the former key");
        token.permit(address(account), alice, 5, deadline, nested(otherKey, account, contents, PERMIT_TYPE, "Permit"));
        assertEq(token.allowance(address(account), alice), 5);
    }

    function test_AccountPermits() public {
        claim();
        bytes memory signature = nested(memberKey, account, permitHash(alice, 5, 0), PERMIT_TYPE, "Permit");
        token.permit(address(account), alice, 5, deadline, signature);
        assertEq(token.allowance(address(account), alice), 5);
        vm.expectRevert(abi.encodeWithSelector(IPermit.InvalidSignature.selector, address(account)));
        token.permit(address(account), alice, 5, deadline, signature);
    }

    function test_ContractsAccountPermits() public {
        address wallet = address(new ContractAccount(member));
        bytes memory consent = sign(memberKey, MemberSigning.membership(address(account), wallet, 0, deadline));
        vm.prank(custodian);
        members.claim(COMMITMENT, wallet, deadline, consent);
        bytes memory signature = nested(memberKey, account, permitHash(alice, 5, 0), PERMIT_TYPE, "Permit");
        token.permit(address(account), alice, 5, deadline, signature);
        assertEq(token.allowance(address(account), alice), 5);
    }

    function test_AccountAuthorizesATransfer() public {
        claim();
        uint256 validBefore = deadline;
        bytes32 typeHash = token.TRANSFER_WITH_AUTHORIZATION_TYPEHASH();
        bytes32 contents = keccak256(abi.encode(typeHash, address(account), alice, 4, 0, validBefore, ROOT));
        bytes memory signature = nested(memberKey, account, contents, TRANSFER_TYPE, "TransferWithAuthorization");
        vm.prank(stranger);
        token.transferWithAuthorization(address(account), alice, 4, 0, validBefore, ROOT, signature);
        assertEq(token.balanceOf(alice), 4);
    }

    function test_AccountCancelsAnAuthorization() public {
        claim();
        bytes32 contents = keccak256(abi.encode(token.CANCEL_AUTHORIZATION_TYPEHASH(), address(account), ROOT));
        bytes memory signature = nested(memberKey, account, contents, CANCEL_TYPE, "CancelAuthorization");
        token.cancelAuthorization(address(account), ROOT, signature);
        assertTrue(token.authorizationState(address(account), ROOT));
    }

    function test_Domain() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifying,,) =
            account.eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, "MemberAccount");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifying, address(account));
    }

    function expectRefused(bytes32 contents, bytes memory signature, string memory why) private view {
        assertEq(account.isValidSignature(tokenDigest(contents), signature), REFUSED, why);
    }

    /// @dev ERC-7739: the contents under their own domain, beside the domain of the account, and after the signature
    /// what is needed to hash them again. An empty `name` is that of no type.
    function nested(uint256 key, IMemberAccount by, bytes32 contents, string memory type_, string memory name)
        private
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256(
            bytes(
                string.concat(
                    "TypedDataSign(",
                    name,
                    " contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)",
                    type_
                )
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash, contents, keccak256("MemberAccount"), keccak256("1"), block.chainid, address(by), bytes32(0)
            )
        );
        bytes memory signature = sign(key, tokenDigest(structHash));
        bytes memory description = bytes(name).length == 0 ? bytes("") : bytes(type_);
        return abi.encodePacked(signature, token.DOMAIN_SEPARATOR(), contents, description, uint16(description.length));
    }

    function tokenDigest(bytes32 structHash) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(token.DOMAIN_SEPARATOR(), structHash);
    }

    function permitHash(address spender, uint256 value, uint256 nonce) private view returns (bytes32) {
        return keccak256(abi.encode(PERMIT, address(account), spender, value, nonce, deadline));
    }
}
