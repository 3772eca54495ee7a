// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {Roles} from "../src/types/Roles.sol";
import {Members, MemberSigning} from "./Members.sol";
import {ContractAccount} from "./Signing.sol";

/// @notice
/// create ── new │ existing
/// isCustodian ─ with the role │ without │ with a delay │ to come │ dismissed │ under another authority
/// claim ─ by no custodian │ twice │ too late │ without consent │ for other terms │ past the factory ── revert
///       └ before the account exists │ after │ at the last second │ by a contract │ by a key with code (EIP-7702)
/// claimSigned ─ by no custodian │ a dismissed one │ for other terms │ malleable │ other chain ── revert
///             └ sent by anyone
contract MemberAccountsTest is Members {
    function test_CreateAtTheForetoldAddress() public {
        assertEq(address(account).code.length, 0);
        vm.expectEmit(address(members));
        emit IMemberAccounts.AccountCreated(address(account), COMMITMENT);
        vm.prank(stranger);
        assertEq(members.create(COMMITMENT), address(account));
        assertEq(address(account).code.length, 65, "45 of ERC-1167, and the factory");
        assertEq(account.factory(), address(members));
        assertEq(account.member(), address(0));

        vm.recordLogs();
        assertEq(members.create(COMMITMENT), address(account));
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function testFuzz_EachCommitmentHasItsOwnAccount(bytes32 one_, bytes32 another) public {
        vm.assume(one_ != another);
        assertNotEq(members.create(one_), members.create(another));
        assertEq(members.create(one_), members.accountOf(one_));
    }

    function test_WhoIsCustodian() public {
        assertTrue(members.isCustodian(custodian));
        assertFalse(members.isCustodian(operator));
        assertFalse(members.isCustodian(owner));

        vm.startPrank(owner);
        manager.grantRole(Roles.CUSTODIAN, alice, 1 days);
        manager.setGrantDelay(Roles.CUSTODIAN, 1 days);
        vm.stopPrank();
        vm.warp(block.timestamp + 10 days);
        assertFalse(members.isCustodian(alice), "with a delay");

        vm.prank(owner);
        manager.grantRole(Roles.CUSTODIAN, bob, 0);
        assertFalse(members.isCustodian(bob), "to come");
        vm.warp(block.timestamp + 1 days);
        assertTrue(members.isCustodian(bob));
        vm.prank(owner);
        manager.revokeRole(Roles.CUSTODIAN, bob);
        assertFalse(members.isCustodian(bob), "dismissed");
    }

    function test_ClaimBeforeTheAccountExists() public {
        give(address(account), 10);
        bytes memory consent = consentOf(memberKey);
        vm.expectEmit(address(members));
        emit IMemberAccounts.AccountCreated(address(account), COMMITMENT);
        vm.expectEmit(address(account));
        emit IMemberAccount.MemberChanged(address(0), member);
        vm.expectEmit(address(members));
        emit IMemberAccounts.AccountClaimed(address(account), member);
        vm.prank(custodian);
        assertEq(members.claim(COMMITMENT, member, deadline, consent), address(account));
        assertEq(account.member(), member);
        assertEq(account.handovers(), 1);
        assertEq(account.nonce(), 0);
        assertEq(token.balanceOf(address(account)), 10);
    }

    function test_ClaimOfAnAccountThatTheCustodianUsed() public {
        members.create(COMMITMENT);
        give(address(account), 10);
        vm.prank(custodian);
        account.execute(address(token), 0, transferOf(alice, 4));
        claim();
        assertEq(members.accountOf(COMMITMENT), address(account));
        vm.prank(member);
        account.execute(address(token), 0, transferOf(bob, 6));
        assertEq(token.balanceOf(bob), 6);
    }

    function test_ClaimAtTheLastSecond() public {
        bytes memory consent = consentOf(memberKey);
        vm.warp(deadline);
        vm.prank(custodian);
        members.claim(COMMITMENT, member, deadline, consent);
        assertEq(account.member(), member);
    }

    function test_RevertWhen_ClaimIsLate() public {
        bytes memory consent = consentOf(memberKey);
        vm.warp(deadline + 1);
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.SignatureExpired.selector, deadline, deadline + 1));
        members.claim(COMMITMENT, member, deadline, consent);
        assertEq(address(account).code.length, 0);
    }

    function test_RevertWhen_ClaimantIsNoCustodian() public {
        address[4] memory callers = [stranger, operator, owner, member];
        bytes memory consent = consentOf(memberKey);
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IMemberAccounts.NotCustodian.selector, callers[i]));
            members.claim(COMMITMENT, member, deadline, consent);
        }
    }

    function test_RevertWhen_ClaimGoesPastTheFactory() public {
        members.create(COMMITMENT);
        bytes memory consent = consentOf(memberKey);
        bytes memory call_ = abi.encodeCall(account.claim, (member, deadline, consent));
        address[3] memory callers = [custodian, member, stranger];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotFactory.selector, callers[i]));
            account.claim(member, deadline, consent);
        }
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotFactory.selector, account));
        account.execute(address(account), 0, call_);
    }

    function test_RevertWhen_ClaimedTwice() public {
        claim();
        bytes memory consent = consentOf(otherKey);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.AlreadyClaimed.selector, member));
        vm.prank(custodian);
        members.claim(COMMITMENT, other, deadline, consent);
        bytes memory vouched = vouch(custodianKey, other);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.AlreadyClaimed.selector, member));
        members.claimSigned(COMMITMENT, other, deadline, consent, custodian, vouched);
    }

    function test_RevertWhen_MemberDoesNotConsent() public {
        // The custodian's own signature, another key's, one for another account, handover, deadline or chain, and none.
        bytes[8] memory consents = [
            sign(custodianKey, MemberSigning.membership(address(account), member, 0, deadline)),
            sign(otherKey, MemberSigning.membership(address(account), member, 0, deadline)),
            sign(memberKey, MemberSigning.membership(address(account), other, 0, deadline)),
            sign(memberKey, MemberSigning.membership(members.accountOf(ROOT), member, 0, deadline)),
            sign(memberKey, MemberSigning.membership(address(account), member, 1, deadline)),
            sign(memberKey, MemberSigning.membership(address(account), member, 0, deadline + 1)),
            malleated(consentOf(memberKey)),
            bytes("")
        ];
        for (uint256 i; i < consents.length; ++i) {
            vm.prank(custodian);
            expectInvalidSignature(member);
            members.claim(COMMITMENT, member, deadline, consents[i]);
        }
        bytes memory consent = consentOf(memberKey);
        vm.chainId(block.chainid + 1);
        vm.prank(custodian);
        expectInvalidSignature(member);
        members.claim(COMMITMENT, member, deadline, consent);
    }

    function test_RevertWhen_MemberIsZero() public {
        vm.prank(custodian);
        expectInvalidSignature(address(0));
        members.claim(COMMITMENT, address(0), deadline, new bytes(65));
    }

    function test_ContractClaims() public {
        address wallet = address(new ContractAccount(member));
        bytes memory consent = sign(memberKey, MemberSigning.membership(address(account), wallet, 0, deadline));
        vm.prank(custodian);
        members.claim(COMMITMENT, wallet, deadline, consent);
        vm.prank(wallet);
        account.execute(address(token), 0, transferOf(alice, 0));
    }

    function test_KeyClaimsThoughItsAddressHasCode() public {
        vm.etch(member, address(rules).code);
        claim();
        assertEq(account.member(), member);
    }

    function test_AnyoneRelaysAClaim() public {
        bytes memory consent = consentOf(memberKey);
        bytes memory vouched = vouch(custodianKey, member);
        vm.expectEmit(address(members));
        emit IMemberAccounts.AccountClaimed(address(account), member);
        vm.prank(stranger);
        assertEq(members.claimSigned(COMMITMENT, member, deadline, consent, custodian, vouched), address(account));
        assertEq(account.member(), member);
    }

    function test_ContractIsCustodian() public {
        address keeper = address(new ContractAccount(custodian));
        vm.prank(owner);
        manager.grantRole(Roles.CUSTODIAN, keeper, 0);
        bytes memory consent = consentOf(memberKey);
        members.claimSigned(COMMITMENT, member, deadline, consent, keeper, vouch(custodianKey, member));
        assertEq(account.member(), member);
    }

    function test_RevertWhen_NobodyVouches() public {
        bytes memory consent = consentOf(memberKey);
        bytes[5] memory vouched = [
            vouch(memberKey, member),
            vouch(custodianKey, other),
            sign(custodianKey, MemberSigning.claim(address(members), members.accountOf(ROOT), member, deadline)),
            sign(custodianKey, MemberSigning.claim(address(members), address(account), member, deadline + 1)),
            malleated(vouch(custodianKey, member))
        ];
        for (uint256 i; i < vouched.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMemberAccounts.InvalidSignature.selector, custodian));
            members.claimSigned(COMMITMENT, member, deadline, consent, custodian, vouched[i]);
        }
        bytes memory good = vouch(custodianKey, member);
        vm.chainId(block.chainid + 1);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccounts.InvalidSignature.selector, custodian));
        members.claimSigned(COMMITMENT, member, deadline, consent, custodian, good);
    }

    function test_RevertWhen_VouchingIsNoCustodian() public {
        bytes memory consent = consentOf(memberKey);
        bytes memory vouched = vouch(otherKey, member);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccounts.NotCustodian.selector, other));
        members.claimSigned(COMMITMENT, member, deadline, consent, other, vouched);

        vouched = vouch(custodianKey, member);
        vm.prank(owner);
        manager.revokeRole(Roles.CUSTODIAN, custodian);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccounts.NotCustodian.selector, custodian));
        members.claimSigned(COMMITMENT, member, deadline, consent, custodian, vouched);
    }

    /// @dev Another authority names other custodians, for accounts that are not claimed.
    function test_AuthorityMovesWithoutClaimedAccounts() public {
        claim();
        IMemberAccount unclaimed = IMemberAccount(members.create(ROOT));
        IAccessManager successor = createAccessManager(stranger);
        vm.startPrank(stranger);
        successor.grantRole(Roles.CUSTODIAN, stranger, 0);
        vm.stopPrank();
        vm.prank(owner);
        manager.updateAuthority(address(members), address(successor));

        vm.startPrank(stranger);
        unclaimed.execute(address(token), 0, transferOf(alice, 0));
        expectNotMember(stranger);
        account.execute(address(token), 0, transferOf(alice, 0));
        vm.stopPrank();
        vm.prank(custodian);
        expectNotCustodian(custodian);
        unclaimed.execute(address(token), 0, transferOf(alice, 0));
        vm.prank(member);
        account.execute(address(token), 0, transferOf(alice, 0));
    }

    function test_Domain() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifying,,) =
            members.eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, "MemberAccounts");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifying, address(members));
    }

    function test_CodeCanBeDeployed() public view {
        assertLt(address(members).code.length, 24_576);
        assertLt(members.implementation().code.length, 24_576);
    }

    function vouch(uint256 key, address member_) private view returns (bytes memory) {
        return sign(key, MemberSigning.claim(address(members), address(account), member_, deadline));
    }
}
