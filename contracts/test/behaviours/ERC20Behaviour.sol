// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Vm} from "forge-std/Vm.sol";
import {Test} from "forge-std/Test.sol";

/// @notice What every ERC-20 with ERC-6093 errors does, whatever else it does. A variant says which token, and how a holder comes to
/// have some of it.
///
/// transfer ───── of some │ all │ nothing │ to oneself │ more than the balance │ to zero │ from zero
/// transferFrom ─ as transfer, and: allowance that decreases │ that is infinite │ that is short │ of one's own
/// approve ────── replaces │ more than the balance │ zero spender
/// logs ───────── one Transfer for a transfer, one Approval for an approval, and nothing else
abstract contract ERC20Behaviour is Test {
    address private constant HOLDER = address(0x11);
    address private constant OTHER = address(0x22);
    address private constant SPENDER = address(0x33);
    uint256 private constant BALANCE = 1000;

    IERC20 private erc20;

    /// @dev The token, of which `holder` has exactly `amount` and nobody else has any.
    function deploy(address holder, uint256 amount) internal virtual returns (IERC20);

    function setUp() public virtual {
        erc20 = deploy(HOLDER, BALANCE);
    }

    function test_ERC20_Start() public view {
        assertBalances(BALANCE, 0);
        assertEq(erc20.allowance(HOLDER, SPENDER), 0);
    }

    function test_ERC20_TransferOfSome() public {
        transfers(HOLDER, OTHER, 300);
        assertBalances(700, 300);
        transfers(OTHER, HOLDER, 300);
        assertBalances(BALANCE, 0);
    }

    function test_ERC20_TransferOfAll() public {
        transfers(HOLDER, OTHER, BALANCE);
        assertBalances(0, BALANCE);
    }

    function test_ERC20_TransferOfNothing() public {
        transfers(HOLDER, OTHER, 0);
        transfers(OTHER, HOLDER, 0);
        assertBalances(BALANCE, 0);
    }

    function test_ERC20_TransferToOneself() public {
        transfers(HOLDER, HOLDER, BALANCE);
        transfers(HOLDER, HOLDER, 1);
        assertBalances(BALANCE, 0);
        vm.prank(HOLDER);
        expectShort(BALANCE, BALANCE + 1);
        erc20.transfer(HOLDER, BALANCE + 1);
    }

    function testFuzz_ERC20_RevertWhen_BalanceIsShort(uint256 amount) public {
        amount = bound(amount, BALANCE + 1, type(uint256).max);
        vm.prank(HOLDER);
        expectShort(BALANCE, amount);
        erc20.transfer(OTHER, amount);
        approves(HOLDER, SPENDER, type(uint256).max);
        vm.prank(SPENDER);
        expectShort(BALANCE, amount);
        erc20.transferFrom(HOLDER, OTHER, amount);
    }

    function test_ERC20_RevertWhen_PartiesAreZero() public {
        bytes memory receiver = abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0));
        vm.prank(HOLDER);
        vm.expectRevert(receiver);
        erc20.transfer(address(0), 1);
        approves(HOLDER, SPENDER, 1);
        vm.prank(SPENDER);
        vm.expectRevert(receiver);
        erc20.transferFrom(HOLDER, address(0), 1);
        vm.prank(address(0));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSender.selector, address(0)));
        erc20.transfer(OTHER, 0);
        vm.prank(HOLDER);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        erc20.approve(address(0), 1);
    }

    function test_ERC20_ApprovalReplaces() public {
        approves(HOLDER, SPENDER, 5);
        approves(HOLDER, SPENDER, BALANCE + 1);
        approves(HOLDER, SPENDER, 0);
        approves(HOLDER, HOLDER, 7);
        assertEq(erc20.allowance(SPENDER, HOLDER), 0, "an allowance has one direction");
    }

    function test_ERC20_AllowanceDecreases() public {
        approves(HOLDER, SPENDER, 500);
        transfersFrom(SPENDER, HOLDER, OTHER, 200);
        transfersFrom(SPENDER, HOLDER, HOLDER, 100);
        transfersFrom(SPENDER, HOLDER, OTHER, 0);
        assertEq(erc20.allowance(HOLDER, SPENDER), 200);
        assertBalances(800, 200);
    }

    function test_ERC20_InfiniteAllowanceStays() public {
        approves(HOLDER, SPENDER, type(uint256).max);
        transfersFrom(SPENDER, HOLDER, OTHER, BALANCE);
        assertEq(erc20.allowance(HOLDER, SPENDER), type(uint256).max);
        approves(OTHER, SPENDER, type(uint256).max - 1);
        transfersFrom(SPENDER, OTHER, HOLDER, BALANCE);
        assertEq(erc20.allowance(OTHER, SPENDER), type(uint256).max - 1 - BALANCE);
    }

    function testFuzz_ERC20_RevertWhen_AllowanceIsShort(uint256 allowed, uint256 amount) public {
        allowed = bound(allowed, 0, type(uint256).max - 1);
        amount = bound(amount, allowed + 1, type(uint256).max);
        approves(HOLDER, SPENDER, allowed);
        vm.prank(SPENDER);
        expectAllowanceShort(SPENDER, allowed, amount);
        erc20.transferFrom(HOLDER, OTHER, amount);
        assertEq(erc20.allowance(HOLDER, SPENDER), allowed);
    }

    function test_ERC20_RevertWhen_OwnPointsAreNotAllowed() public {
        vm.prank(HOLDER);
        expectAllowanceShort(HOLDER, 0, 1);
        erc20.transferFrom(HOLDER, OTHER, 1);
    }

    function testFuzz_ERC20_NothingIsGainedOrLost(uint256 first, uint256 second, bool back) public {
        first = bound(first, 0, BALANCE);
        transfers(HOLDER, OTHER, first);
        second = bound(second, 0, back ? first : BALANCE - first);
        (address from, address to) = back ? (OTHER, HOLDER) : (HOLDER, OTHER);
        approves(from, SPENDER, second);
        transfersFrom(SPENDER, from, to, second);
        assertEq(erc20.allowance(from, SPENDER), 0);
        uint256 others = back ? first - second : first + second;
        assertBalances(BALANCE - others, others);
    }

    function transfers(address from, address to, uint256 amount) private {
        vm.recordLogs();
        vm.prank(from);
        assertTrue(erc20.transfer(to, amount));
        assertLogged(IERC20.Transfer.selector, from, to, amount);
    }

    function transfersFrom(address spender, address from, address to, uint256 amount) private {
        vm.recordLogs();
        vm.prank(spender);
        assertTrue(erc20.transferFrom(from, to, amount));
        assertLogged(IERC20.Transfer.selector, from, to, amount);
    }

    function approves(address owner, address spender, uint256 amount) private {
        vm.recordLogs();
        vm.prank(owner);
        assertTrue(erc20.approve(spender, amount));
        assertLogged(IERC20.Approval.selector, owner, spender, amount);
        assertEq(erc20.allowance(owner, spender), amount);
    }

    function assertLogged(bytes32 topic, address first, address second, uint256 amount) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1);
        assertEq(logs[0].emitter, address(erc20));
        assertEq(logs[0].topics[0], topic);
        assertEq(address(uint160(uint256(logs[0].topics[1]))), first);
        assertEq(address(uint160(uint256(logs[0].topics[2]))), second);
        assertEq(abi.decode(logs[0].data, (uint256)), amount);
    }

    function assertBalances(uint256 holders, uint256 others) private view {
        assertEq(erc20.balanceOf(HOLDER), holders);
        assertEq(erc20.balanceOf(OTHER), others);
        assertEq(erc20.totalSupply(), BALANCE);
    }

    function expectShort(uint256 balance, uint256 needed) private {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, HOLDER, balance, needed));
    }

    function expectAllowanceShort(address spender, uint256 allowed, uint256 needed) private {
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, spender, allowed, needed)
        );
    }
}
