// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {Roles} from "../src/types/Roles.sol";
import {Reentrant} from "./HostileMembers.sol";
import {Members, MemberSigning} from "./Members.sol";

contract Coupons is ERC1155("") {
    function give(address to, uint256[] calldata ids, uint256[] calldata amounts) external {
        _mintBatch(to, ids, amounts, "");
        _mint(to, ids[0], 1, "");
    }
}

contract Pictures is ERC721("Pictures", "PIC") {
    function give(address to, uint256 id) external {
        _safeMint(to, id);
    }
}

/// @notice
/// execute ─ before the claim ─ a stranger │ a custodian with a delay │ one to come │ a dismissed one ── revert
///         │                  └ a custodian ─ approves ── revert
///         │                                └ anything else
///         ├ after the claim ─ a custodian │ a stranger │ the account itself ── revert
///         │                 └ the member, approvals included
///         └ the target answers │ reverts │ is paid │ comes back │ has no code
/// executeBatch ─ a call reverts │ a call hands the account over and is not the last ── revert
///              └ in order │ none │ the last hands over
/// changeMember ─ unclaimed │ not the member │ no consent │ consent used before │ too late ── revert
///              └ by the member │ by the account │ back again
/// holds ether │ ERC-721 │ ERC-1155
contract MemberAccountTest is Members {
    Reentrant private reentrant;

    function setUp() public override {
        super.setUp();
        members.create(COMMITMENT);
        give(address(account), 10);
        reentrant = new Reentrant();
    }

    function test_PointsWaitForTheirAccount() public {
        vm.expectEmit(address(account));
        emit IMemberAccount.Executed(custodian, address(token), 0, transferOf(alice, 4));
        vm.prank(custodian);
        bytes memory result = account.execute(address(token), 0, transferOf(alice, 4));
        assertTrue(abi.decode(result, (bool)));
        assertEq(token.balanceOf(alice), 4);
        assertEq(token.balanceOf(address(account)), 6);
    }

    function test_RevertWhen_CallerIsNoCustodian() public {
        address[4] memory callers = [stranger, operator, owner, member];
        for (uint256 i; i < callers.length; ++i) {
            refusedBeforeTheClaim(callers[i]);
        }
    }

    function test_RevertWhen_CustodianIsDelayed() public {
        vm.startPrank(owner);
        manager.grantRole(Roles.CUSTODIAN, alice, 1 days);
        manager.setGrantDelay(Roles.CUSTODIAN, 1 days);
        vm.stopPrank();
        refusedBeforeTheClaim(alice);
        vm.warp(block.timestamp + 10 days);
        vm.prank(owner);
        manager.grantRole(Roles.CUSTODIAN, bob, 0);
        refusedBeforeTheClaim(bob);
        vm.warp(block.timestamp + 1 days);
        vm.prank(bob);
        account.execute(address(token), 0, transferOf(alice, 0));
    }

    function test_RevertWhen_CustodianIsDismissed() public {
        vm.prank(owner);
        manager.revokeRole(Roles.CUSTODIAN, custodian);
        refusedBeforeTheClaim(custodian);
    }

    function test_RevertWhen_CustodianApproves() public {
        for (uint256 i; i < 6; ++i) {
            bytes memory approval = approvals()[i];
            bytes memory expected =
                abi.encodeWithSelector(IMemberAccount.ApprovalByCustodian.selector, bytes4(approval));
            bytes memory signature = signExecution(custodianKey, one(address(token), approval));
            vm.startPrank(custodian);
            vm.expectRevert(expected);
            account.execute(address(token), 0, approval);
            vm.expectRevert(expected);
            account.executeBatch(one(address(token), approval));
            vm.expectRevert(expected);
            account.executeSigned(custodian, one(address(token), approval), deadline, signature);
            vm.stopPrank();
        }
    }

    /// @dev Too short to be an approval, though it begins as one.
    function test_CustodianCallsWithLessThanASelector() public {
        vm.prank(custodian);
        account.execute(alice, 0, hex"095ea7");
    }

    function test_MemberApproves() public {
        claim();
        for (uint256 i; i < 6; ++i) {
            vm.prank(member);
            // A target without code takes whatever the token would not.
            account.execute(i == 0 ? address(token) : alice, 0, approvals()[i]);
        }
        assertEq(token.allowance(address(account), stranger), 5);
    }

    function test_RevertWhen_AccountIsClaimed() public {
        claim();
        address[5] memory callers = [custodian, owner, stranger, address(account), address(members)];
        for (uint256 i; i < callers.length; ++i) {
            vm.startPrank(callers[i]);
            expectNotMember(callers[i]);
            account.execute(address(token), 0, transferOf(alice, 1));
            expectNotMember(callers[i]);
            account.executeBatch(one(address(token), transferOf(alice, 1)));
            expectNotMember(callers[i]);
            account.executeSigned(callers[i], one(address(token), transferOf(alice, 1)), deadline, "");
            vm.stopPrank();
        }
    }

    function test_MemberIsNotAskedForARole() public {
        claim();
        vm.mockCallRevert(address(manager), bytes(""), "no authority");
        vm.prank(member);
        account.execute(address(token), 0, transferOf(alice, 10));
        assertEq(token.balanceOf(alice), 10);
    }

    /// @dev The code that accounts delegate to has a storage of its own, and no account is in it.
    function test_ImplementationIsNobodysAccount() public {
        claim();
        IMemberAccount implementation = IMemberAccount(members.implementation());
        vm.prank(custodian);
        vm.expectRevert();
        implementation.execute(address(token), 0, transferOf(alice, 0));
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotFactory.selector, custodian));
        vm.prank(custodian);
        implementation.claim(other, deadline, "");
        assertEq(account.member(), member);
    }

    function test_RevertWhen_TheTargetReverts() public {
        vm.prank(custodian);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(account), 10, 11)
        );
        account.execute(address(token), 0, transferOf(alice, 11));
    }

    function test_RevertWhen_TheTargetRevertsWithNothing() public {
        vm.prank(custodian);
        vm.expectRevert(Errors.FailedCall.selector);
        account.execute(address(token), 0, hex"12345678");
    }

    function test_PaysFromItsOwnFunds() public {
        vm.deal(address(this), 1 ether);
        (bool paid,) = address(account).call{value: 1 ether}("");
        assertTrue(paid);
        vm.prank(custodian);
        account.execute(alice, 0.4 ether, "");
        assertEq(alice.balance, 0.4 ether);
        assertEq(address(account).balance, 0.6 ether);
        vm.expectRevert(Errors.FailedCall.selector);
        vm.prank(custodian);
        account.execute(alice, 0.7 ether, "");
    }

    function test_BatchHappensInOrder() public {
        claim();
        IMemberAccount.Call[] memory calls = two(
            address(token),
            abi.encodeCall(token.approve, (alice, 3)),
            address(token),
            abi.encodeCall(token.allowance, (address(account), alice))
        );
        vm.expectEmit(address(account));
        emit IMemberAccount.Executed(member, address(token), 0, calls[0].data);
        vm.expectEmit(address(account));
        emit IMemberAccount.Executed(member, address(token), 0, calls[1].data);
        vm.prank(member);
        bytes[] memory results = account.executeBatch(calls);
        assertEq(results.length, 2);
        assertTrue(abi.decode(results[0], (bool)));
        assertEq(abi.decode(results[1], (uint256)), 3);
    }

    function test_BatchPays() public {
        vm.deal(address(account), 1 ether);
        IMemberAccount.Call[] memory calls = two(alice, "", bob, "");
        (calls[0].value, calls[1].value) = (0.1 ether, 0.2 ether);
        vm.prank(custodian);
        account.executeBatch(calls);
        assertEq(alice.balance, 0.1 ether);
        assertEq(bob.balance, 0.2 ether);
    }

    function test_EmptyBatchDoesNothing() public {
        vm.recordLogs();
        vm.prank(custodian);
        assertEq(account.executeBatch(new IMemberAccount.Call[](0)).length, 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_RevertWhen_OneOfTheBatchReverts() public {
        IMemberAccount.Call[] memory calls =
            two(address(token), transferOf(alice, 6), address(token), transferOf(bob, 5));
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(account), 4, 5));
        account.executeBatch(calls);
        assertEq(token.balanceOf(address(account)), 10);
    }

    function test_RevertWhen_CallerOfABatchIsNoCustodian() public {
        vm.prank(stranger);
        expectNotCustodian(stranger);
        account.executeBatch(new IMemberAccount.Call[](0));
    }

    /// @dev The custodian may not decide what happens after the claim, not even in the same transaction.
    function test_RevertWhen_CustodiansBatchGoesOnAfterTheClaim() public {
        bytes memory consent = consentOf(memberKey);
        bytes memory vouched =
            sign(custodianKey, MemberSigning.claim(address(members), address(account), member, deadline));
        bytes memory claiming =
            abi.encodeCall(members.claimSigned, (COMMITMENT, member, deadline, consent, custodian, vouched));
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.HandedOver.selector, member));
        account.executeBatch(two(address(members), claiming, address(token), transferOf(alice, 1)));

        vm.prank(custodian);
        account.executeBatch(two(address(token), transferOf(alice, 1), address(members), claiming));
        assertEq(account.member(), member);
    }

    function test_RevertWhen_CustodianClaimsInTheMiddleAndGoesOn() public {
        vm.prank(owner);
        manager.grantRole(Roles.CUSTODIAN, address(reentrant), 0);
        reentrant.prepare(
            address(members), abi.encodeCall(members.claim, (COMMITMENT, member, deadline, consentOf(memberKey)))
        );
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.HandedOver.selector, member));
        account.executeBatch(two(address(reentrant), "", address(token), transferOf(alice, 1)));

        vm.prank(custodian);
        account.execute(address(reentrant), 0, "");
        assertEq(account.member(), member);
        reentrant.prepare(address(account), abi.encodeCall(account.execute, (address(token), 0, transferOf(alice, 1))));
        vm.prank(member);
        expectNotMember(address(reentrant));
        account.execute(address(reentrant), 0, "");
    }

    function test_MemberChangesKeys() public {
        claim();
        bytes memory consent = consentOf(otherKey);
        vm.expectEmit(address(account));
        emit IMemberAccount.MemberChanged(member, other);
        vm.prank(member);
        account.changeMember(other, deadline, consent);
        assertEq(account.member(), other);
        assertEq(account.handovers(), 2);

        vm.prank(member);
        expectNotMember(member);
        account.execute(address(token), 0, transferOf(alice, 1));
        vm.prank(other);
        account.execute(address(token), 0, transferOf(alice, 1));
    }

    function test_AccountChangesItsKeyAtTheMembersWord() public {
        claim();
        bytes memory changing = abi.encodeCall(account.changeMember, (other, deadline, consentOf(otherKey)));
        vm.prank(member);
        expectHandedOverTo(other);
        account.executeBatch(two(address(account), changing, address(token), transferOf(alice, 1)));
        vm.prank(member);
        account.executeBatch(two(address(token), transferOf(alice, 1), address(account), changing));
        assertEq(account.member(), other);
        assertEq(token.balanceOf(alice), 1);
    }

    function test_RevertWhen_AConsentIsUsedAgain() public {
        claim();
        bytes memory consent = consentOf(otherKey);
        vm.prank(member);
        account.changeMember(other, deadline, consent);
        bytes memory consentBack = consentOf(memberKey);
        vm.prank(other);
        account.changeMember(member, deadline, consentBack);
        vm.prank(member);
        expectInvalidSignature(other);
        account.changeMember(other, deadline, consent);
    }

    function test_RevertWhen_NewKeyDoesNotConsent() public {
        claim();
        bytes memory consent = consentOf(memberKey);
        vm.prank(member);
        expectInvalidSignature(other);
        account.changeMember(other, deadline, consent);
        vm.prank(member);
        expectInvalidSignature(address(0));
        account.changeMember(address(0), deadline, consent);
    }

    function test_RevertWhen_NewKeyConsentsTooLate() public {
        claim();
        bytes memory consent = consentOf(otherKey);
        vm.warp(deadline + 1);
        vm.prank(member);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.SignatureExpired.selector, deadline, deadline + 1));
        account.changeMember(other, deadline, consent);
    }

    function test_RevertWhen_AnotherChangesTheKey() public {
        bytes memory consent = consentOf(otherKey);
        bytes memory changing = abi.encodeCall(account.changeMember, (other, deadline, consent));
        vm.startPrank(custodian);
        expectNotMember(custodian);
        account.changeMember(other, deadline, consent);
        expectNotMember(address(account));
        account.execute(address(account), 0, changing);
        vm.stopPrank();

        claim();
        address[3] memory callers = [custodian, stranger, address(members)];
        consent = consentOf(otherKey);
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            expectNotMember(callers[i]);
            account.changeMember(other, deadline, consent);
        }
    }

    function test_HoldsTokensOfOtherKinds() public {
        Coupons coupons = new Coupons();
        uint256[] memory ids = new uint256[](2);
        (ids[0], ids[1]) = (7, 8);
        coupons.give(address(account), ids, ids);
        assertEq(coupons.balanceOf(address(account), 7), 8);
        Pictures pictures = new Pictures();
        pictures.give(address(account), 1);
        assertEq(pictures.ownerOf(1), address(account));
        vm.startPrank(custodian);
        account.execute(
            address(coupons), 0, abi.encodeCall(coupons.safeTransferFrom, (address(account), alice, 7, 1, ""))
        );
        account.execute(address(pictures), 0, abi.encodeCall(pictures.transferFrom, (address(account), alice, 1)));
        vm.stopPrank();
        assertEq(coupons.balanceOf(alice, 7), 1);
        assertEq(pictures.ownerOf(1), alice);
    }

    function test_Interfaces() public view {
        assertTrue(ERC165Checker.supportsERC165(address(account)));
        bytes4[5] memory ids = [
            bytes4(0x1626ba7e), // ERC-1271
            bytes4(0x84b0196e), // ERC-5267
            bytes4(0x150b7a02), // receives ERC-721
            bytes4(0x4e2312e0), // receives ERC-1155
            type(IMemberAccount).interfaceId
        ];
        for (uint256 i; i < ids.length; ++i) {
            assertTrue(account.supportsInterface(ids[i]), vm.toString(ids[i]));
        }
        assertFalse(account.supportsInterface(0xffffffff));
    }

    /// @dev All that the account keeps is in one word: member, nonce and handovers, from the right.
    function test_AccountIsOneWord() public {
        claim();
        bytes memory signature = signExecution(memberKey, new IMemberAccount.Call[](0));
        vm.record();
        account.executeSigned(member, new IMemberAccount.Call[](0), deadline, signature);
        (, bytes32[] memory writes) = vm.accesses(address(account));
        assertEq(writes.length, 1);
        uint256 raw = uint256(vm.load(address(account), writes[0]));
        assertEq(raw, uint256(uint160(member)) | (1 << 160) | (1 << 224));
    }

    /// @dev One of each kind, which all have a stranger act for the account.
    function approvals() private view returns (bytes[6] memory) {
        return [
            abi.encodeWithSignature("approve(address,uint256)", stranger, 5),
            abi.encodeWithSignature("setApprovalForAll(address,bool)", stranger, true),
            abi.encodeWithSignature("approveAndCall(address,uint256)", stranger, 5),
            abi.encodeWithSignature("approveAndCall(address,uint256,bytes)", stranger, 5, ""),
            abi.encodeWithSignature("increaseAllowance(address,uint256)", stranger, 5),
            // To take an approval back is one as well, and there is none.
            abi.encodeWithSignature("approve(address,uint256)", stranger, 0)
        ];
    }

    function refusedBeforeTheClaim(address caller) private {
        vm.prank(caller);
        expectNotCustodian(caller);
        account.execute(address(token), 0, transferOf(alice, 0));
    }

    function expectHandedOverTo(address to) private {
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.HandedOver.selector, to));
    }
}
