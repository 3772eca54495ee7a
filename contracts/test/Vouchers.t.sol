// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IERC7572} from "../src/interfaces/IERC7572.sol";
import {IRewards} from "../src/interfaces/IRewards.sol";
import {IVouchers} from "../src/interfaces/IVouchers.sol";
import {Redemption} from "../src/types/Redemption.sol";
import {Roles} from "../src/types/Roles.sol";
import {VoucherKind} from "../src/types/VoucherKind.sol";
import {Creation} from "./Creation.sol";

/// @notice Gives vouchers away and takes them back, and tells what they are as the program's Rewards do.
contract GiftShop {
    IVouchers public vouchers;
    uint256 public redemptionCount;
    mapping(uint256 redemptionId => Redemption) private _redemptions;

    function supply(IVouchers vouchers_) external {
        vouchers = vouchers_;
    }

    function give(address account, uint32 quantity, VoucherKind kind, bool soulbound, uint40 expiresAt)
        external
        returns (uint256 id)
    {
        id = ++redemptionCount;
        uint32 number = kind == VoucherKind.LimitedEdition ? 7 : 0;
        _redemptions[id] = Redemption(account, 1, quantity, number, 0, 1, expiresAt, kind, soulbound);
        vouchers.mint(account, id, quantity);
    }

    function takeBack(uint256 id) external {
        Redemption memory redemption = redemptionOf(id);
        _redemptions[id].epoch = 0;
        vouchers.burn(redemption.account, id, redemption.quantity);
    }

    function redemptionOf(uint256 id) public view returns (Redemption memory) {
        if (id == 0 || id > redemptionCount) revert IRewards.UnknownRedemption(id);
        return _redemptions[id];
    }

    function voucherOf(uint256 id) external view returns (VoucherKind kind, bool soulbound, uint40 expiresAt) {
        Redemption memory redemption = redemptionOf(id);
        return (redemption.kind, redemption.soulbound, redemption.expiresAt);
    }
}

/// @notice
/// mint, burn ─ not the program's Rewards │ a pass that was used │ no longer held ── revert
///           └─ unused │ expired
/// use ──────── a stranger │ unknown │ expired │ none │ limited edition │ more than held ── revert
///           └─ coupon │ invitation │ season pass │ by an approved account
/// transfer ─── soulbound │ expired │ one of many │ unknown │ to a contract that does not receive ── revert
///           └─ one │ many │ back and forth to its last second
/// URIs ─────── not an operator ── revert │ set and told
contract VouchersTest is Creation {
    uint40 private constant NOW = 1_700_000_000;
    uint40 private constant SOON = NOW + 1 days;
    uint40 private constant NEVER = type(uint40).max;
    bytes32 private constant VISIT = keccak256("visit 42");

    address private owner = makeAddr("owner");
    address private operator = makeAddr("operator");
    address private stranger = makeAddr("stranger");
    address private alice = makeAddr("alice");
    address private bob = makeAddr("bob");

    GiftShop private shop = new GiftShop();
    IVouchers private vouchers;

    function setUp() public {
        vm.warp(NOW);
        IAccessManager manager = createAccessManager(owner);
        vouchers = IVouchers(
            create(
                "Vouchers",
                abi.encode(manager, shop, "Points vouchers", "https://brand.example/{id}.json", "ipfs://vouchers")
            )
        );
        shop.supply(vouchers);
        vm.startPrank(owner);
        manager.grantRole(Roles.OPERATOR, operator, 0);
        bytes4[] memory selectors = new bytes4[](2);
        (selectors[0], selectors[1]) = (vouchers.setURI.selector, vouchers.setContractURI.selector);
        manager.setTargetFunctionRole(address(vouchers), selectors, Roles.OPERATOR);
        vm.stopPrank();
    }

    // mint, burn

    function test_RevertWhen_MintedOrBurnedByAnother() public {
        address[3] memory callers = [owner, operator, alice];
        for (uint256 i; i < callers.length; ++i) {
            vm.startPrank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IVouchers.NotRewards.selector, callers[i]));
            vouchers.mint(alice, 1, 1);
            vm.expectRevert(abi.encodeWithSelector(IVouchers.NotRewards.selector, callers[i]));
            vouchers.burn(alice, 1, 1);
            vm.stopPrank();
        }
    }

    function test_UnusedVouchersAreTakenBack() public {
        uint256 id = give(alice, 3, VoucherKind.SeasonPass);
        assertEq(vouchers.balanceOf(alice, id), 3);
        assertTrue(vouchers.isLive(id));
        vm.expectEmit(address(vouchers));
        emit IERC1155.TransferSingle(address(shop), alice, address(0), id, 3);
        shop.takeBack(id);
        assertEq(vouchers.balanceOf(alice, id), 0);
        assertFalse(vouchers.isLive(id));
    }

    function test_ExpiredVouchersAreTakenBack() public {
        uint256 id = shop.give(alice, 1, VoucherKind.Coupon, true, SOON);
        vm.warp(SOON);
        shop.takeBack(id);
        assertEq(vouchers.balanceOf(alice, id), 0);
    }

    function test_RevertWhen_AUsedPassIsTakenBack() public {
        uint256 id = give(alice, 2, VoucherKind.SeasonPass);
        use(alice, id, 1);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.PassUsed.selector, id, 1));
        shop.takeBack(id);
    }

    function test_RevertWhen_VouchersToTakeBackAreGone() public {
        uint256 used = give(alice, 2, VoucherKind.Coupon);
        uint256 given = give(alice, 1, VoucherKind.Coupon);
        use(alice, used, 1);
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, bob, given, 1, "");
        expectInsufficient(alice, 1, 2, used);
        shop.takeBack(used);
        expectInsufficient(alice, 0, 1, given);
        shop.takeBack(given);
    }

    // use

    function test_UsingACouponConsumesIt() public {
        uint256 id = give(alice, 5, VoucherKind.Coupon);
        vm.expectEmit(address(vouchers));
        emit IERC1155.TransferSingle(alice, alice, address(0), id, 2);
        vm.expectEmit(address(vouchers));
        emit IVouchers.VoucherUsed(id, alice, 2, VISIT);
        use(alice, id, 2);
        assertEq(vouchers.balanceOf(alice, id), 3);
        assertEq(vouchers.useCountOf(id), 0);
        use(alice, id, 3);
        expectInsufficient(alice, 0, 1, id);
        use(alice, id, 1);
    }

    function test_AnInvitationCanBeGivenAwayAndUsedByTheGuest() public {
        uint256 id = give(alice, 2, VoucherKind.Invitation);
        vm.prank(alice);
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        use(bob, id, 1);
        assertEq(vouchers.balanceOf(bob, id), 0);
        assertEq(vouchers.balanceOf(alice, id), 1);
    }

    function test_ASeasonPassStays() public {
        uint256 id = shop.give(alice, 2, VoucherKind.SeasonPass, true, SOON);
        vm.recordLogs();
        use(alice, id, 1);
        assertEq(vm.getRecordedLogs().length, 1);
        vm.expectEmit(address(vouchers));
        emit IVouchers.VoucherUsed(id, alice, 2, VISIT);
        use(alice, id, 2);
        assertEq(vouchers.balanceOf(alice, id), 2);
        assertEq(vouchers.useCountOf(id), 3);
        expectInsufficient(alice, 2, 3, id);
        use(alice, id, 3);
    }

    function test_AnApprovedAccountUsesForTheHolder() public {
        uint256 id = give(alice, 1, VoucherKind.Coupon);
        vm.prank(alice);
        vouchers.setApprovalForAll(bob, true);
        vm.expectEmit(address(vouchers));
        emit IVouchers.VoucherUsed(id, alice, 1, VISIT);
        vm.prank(bob);
        vouchers.use(alice, id, 1, VISIT);
    }

    function test_RevertWhen_AStrangerUses() public {
        uint256 id = give(alice, 1, VoucherKind.Coupon);
        address[2] memory callers = [stranger, address(shop)];
        for (uint256 i; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, callers[i], alice)
            );
            vouchers.use(alice, id, 1, VISIT);
        }
    }

    function test_RevertWhen_VouchersHaveExpired() public {
        uint256 id = shop.give(alice, 2, VoucherKind.Coupon, false, SOON);
        vm.warp(SOON - 1);
        assertTrue(vouchers.isLive(id));
        use(alice, id, 1);
        vm.warp(SOON);
        assertFalse(vouchers.isLive(id));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherExpired.selector, id, SOON));
        use(alice, id, 1);
    }

    function test_RevertWhen_NothingIsUsed() public {
        uint256 id = give(alice, 1, VoucherKind.SeasonPass);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingToUse.selector, id, VoucherKind.SeasonPass, 0));
        use(bob, id, 0);
    }

    function test_RevertWhen_APieceOfAnEditionIsUsed() public {
        uint256 id = give(alice, 1, VoucherKind.LimitedEdition);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.NothingToUse.selector, id, VoucherKind.LimitedEdition, 1));
        use(alice, id, 1);
    }

    function test_RevertWhen_NothingWasRedeemed() public {
        vm.expectRevert(abi.encodeWithSelector(IRewards.UnknownRedemption.selector, 1));
        use(alice, 1, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IRewards.UnknownRedemption.selector, 1));
        vouchers.safeTransferFrom(alice, bob, 1, 0, "");
    }

    // transfer

    function test_VouchersAreTransferableToTheirLastSecond() public {
        uint256[] memory ids = new uint256[](2);
        uint256[] memory quantities = new uint256[](2);
        (ids[0], quantities[0]) = (shop.give(alice, 3, VoucherKind.Coupon, false, SOON), 2);
        (ids[1], quantities[1]) = (give(alice, 1, VoucherKind.LimitedEdition), 1);
        vm.warp(SOON - 1);
        vm.prank(alice);
        vouchers.safeBatchTransferFrom(alice, bob, ids, quantities, "");
        vm.prank(bob);
        vouchers.safeTransferFrom(bob, alice, ids[0], 1, "");
        assertEq(vouchers.balanceOf(alice, ids[0]), 2);
        assertEq(vouchers.balanceOf(bob, ids[0]), 1);
        assertEq(vouchers.balanceOf(bob, ids[1]), 1);

        vm.warp(SOON);
        vm.prank(bob);
        vouchers.safeTransferFrom(bob, alice, ids[1], 1, "");
        (ids[0], ids[1]) = (ids[1], ids[0]);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherExpired.selector, ids[1], SOON));
        vouchers.safeBatchTransferFrom(alice, bob, ids, quantities, "");
    }

    function test_RevertWhen_VouchersAreSoulbound() public {
        uint256 id = shop.give(alice, 1, VoucherKind.SeasonPass, true, NEVER);
        vm.startPrank(alice);
        vouchers.setApprovalForAll(bob, true);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherSoulbound.selector, id));
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherSoulbound.selector, id));
        vouchers.safeTransferFrom(alice, alice, id, 1, "");
        vm.stopPrank();
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.VoucherSoulbound.selector, id));
        vouchers.safeTransferFrom(alice, bob, id, 1, "");
    }

    function test_RevertWhen_TheReceiverDoesNotReceive() public {
        uint256 id = give(alice, 1, VoucherKind.Coupon);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(shop)));
        vouchers.safeTransferFrom(alice, address(shop), id, 1, "");
    }

    // what it says of itself

    function test_OperatorsSetTheURIs() public {
        assertEq(vouchers.name(), "Points vouchers");
        assertEq(vouchers.uri(1), "https://brand.example/{id}.json");
        assertEq(vouchers.contractURI(), "ipfs://vouchers");
        vm.startPrank(operator);
        vm.expectEmit(address(vouchers));
        emit IVouchers.URITemplateUpdated("ipfs://{id}");
        vouchers.setURI("ipfs://{id}");
        vm.expectEmit(address(vouchers));
        emit IERC7572.ContractURIUpdated();
        vouchers.setContractURI("ipfs://others");
        vm.stopPrank();
        assertEq(vouchers.uri(2), "ipfs://{id}");
        assertEq(vouchers.contractURI(), "ipfs://others");
    }

    function test_RevertWhen_AStrangerSetsTheURIs() public {
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vouchers.setURI("");
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vouchers.setContractURI("");
    }

    function test_TellsWhatAVoucherIs() public {
        uint256 id = shop.give(alice, 1, VoucherKind.LimitedEdition, true, SOON);
        assertTrue(vouchers.kindOf(id) == VoucherKind.LimitedEdition);
        assertTrue(vouchers.isSoulbound(id));
        assertEq(vouchers.expiryOf(id), SOON);
        assertEq(vouchers.numberOf(id), 7);
        assertEq(vouchers.rewards(), address(shop));
        id = give(alice, 1, VoucherKind.Coupon);
        assertFalse(vouchers.isSoulbound(id));
        assertEq(vouchers.numberOf(id), 0);
    }

    function test_Interfaces() public view {
        assertTrue(ERC165Checker.supportsERC165(address(vouchers)));
        assertTrue(vouchers.supportsInterface(0xd9b67a26), "ERC-1155");
        assertTrue(vouchers.supportsInterface(0x0e89341c), "its metadata");
        assertTrue(vouchers.supportsInterface(0xe8a3d485), "ERC-7572");
        assertFalse(vouchers.supportsInterface(0x36372b07), "not an ERC-20");
    }

    function give(address account, uint32 quantity, VoucherKind kind) private returns (uint256 id) {
        return shop.give(account, quantity, kind, false, NEVER);
    }

    function use(address account, uint256 id, uint256 quantity) private {
        vm.prank(account);
        vouchers.use(account, id, quantity, VISIT);
    }

    function expectInsufficient(address account, uint256 balance, uint256 needed, uint256 id) private {
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, account, balance, needed, id)
        );
    }
}
