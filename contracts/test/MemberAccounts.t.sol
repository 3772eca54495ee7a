// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IMemberAccount} from "../src/interfaces/IMemberAccount.sol";
import {IMemberAccounts} from "../src/interfaces/IMemberAccounts.sol";
import {Roles} from "../src/types/Roles.sol";
import {Deployed} from "./Deployed.sol";

/// @notice
/// create ── new │ existing
/// execute ─ a stranger │ a custodian with a delay │ one whose role is to come │ a dismissed one ── revert
///        └─ the target answers │ reverts │ is paid
contract MemberAccountsTest is Deployed {
    bytes32 private constant COMMITMENT = keccak256("salt and member");

    IMemberAccounts private members;

    function setUp() public override {
        super.setUp();
        members = createMemberAccounts(address(manager));
    }

    function test_CreateAtTheForetoldAddress() public {
        address account = members.accountOf(COMMITMENT);
        assertEq(account.code.length, 0);
        vm.expectEmit(address(members));
        emit IMemberAccounts.AccountCreated(account, COMMITMENT);
        vm.prank(stranger);
        assertEq(members.create(COMMITMENT), account);
        assertEq(account.code.length, 45);
        assertEq(IMemberAccount(account).factory(), address(members));

        vm.recordLogs();
        assertEq(members.create(COMMITMENT), account);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_PointsWaitForTheirAccount() public {
        address account = members.accountOf(COMMITMENT);
        give(account, 10);
        members.create(COMMITMENT);
        bytes memory call_ = abi.encodeCall(token.transfer, (alice, 4));
        vm.expectEmit(account);
        emit IMemberAccount.Executed(custodian, address(token), 0, call_);
        vm.prank(custodian);
        bytes memory result = IMemberAccount(account).execute(address(token), 0, call_);
        assertTrue(abi.decode(result, (bool)));
        assertEq(token.balanceOf(alice), 4);
        assertEq(token.balanceOf(account), 6);
    }

    function test_RevertWhen_CallerIsNoCustodian() public {
        IMemberAccount account = IMemberAccount(members.create(COMMITMENT));
        address[3] memory callers = [stranger, operator, owner];
        for (uint256 i; i < callers.length; ++i) {
            expectNotCustodian(account, callers[i]);
        }
    }

    function test_RevertWhen_CustodianIsDelayed() public {
        IMemberAccount account = IMemberAccount(members.create(COMMITMENT));
        vm.startPrank(owner);
        manager.grantRole(Roles.CUSTODIAN, alice, 1 days);
        manager.setGrantDelay(Roles.CUSTODIAN, 1 days);
        vm.stopPrank();
        expectNotCustodian(account, alice);
        vm.warp(block.timestamp + 10 days);
        vm.prank(owner);
        manager.grantRole(Roles.CUSTODIAN, bob, 0);
        expectNotCustodian(account, bob);
        vm.warp(block.timestamp + 1 days);
        vm.prank(bob);
        account.execute(address(token), 0, abi.encodeCall(token.totalSupply, ()));
    }

    function test_RevertWhen_CustodianIsDismissed() public {
        IMemberAccount account = IMemberAccount(members.create(COMMITMENT));
        vm.prank(owner);
        manager.revokeRole(Roles.CUSTODIAN, custodian);
        expectNotCustodian(account, custodian);
    }

    function test_RevertWhen_TheTargetReverts() public {
        IMemberAccount account = IMemberAccount(members.create(COMMITMENT));
        vm.prank(custodian);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(account), 0, 1));
        account.execute(address(token), 0, abi.encodeCall(token.transfer, (alice, 1)));
    }

    function test_PaysFromItsOwnFunds() public {
        IMemberAccount account = IMemberAccount(members.create(COMMITMENT));
        vm.deal(address(this), 1 ether);
        (bool paid,) = address(account).call{value: 1 ether}("");
        assertTrue(paid);
        vm.prank(custodian);
        account.execute(alice, 0.4 ether, "");
        assertEq(alice.balance, 0.4 ether);
        assertEq(address(account).balance, 0.6 ether);
    }

    function testFuzz_EachCommitmentHasItsOwnAccount(bytes32 one, bytes32 other) public {
        vm.assume(one != other);
        assertNotEq(members.create(one), members.create(other));
        assertEq(members.create(one), members.accountOf(one));
    }

    function expectNotCustodian(IMemberAccount account, address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IMemberAccount.NotCustodian.selector, caller));
        account.execute(address(token), 0, abi.encodeCall(token.totalSupply, ()));
    }
}
