// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPartnerExchange} from "../src/interfaces/IPartnerExchange.sol";
import {IPointsToken} from "../src/interfaces/IPointsToken.sol";
import {AccountWord} from "../src/types/AccountWord.sol";
import {Agreement, AgreementLibrary} from "../src/types/Agreement.sol";
import {FreezeReason} from "../src/types/FreezeReason.sol";
import {PointsParts} from "../src/types/PointsParts.sol";
import {Partners} from "./Partners.sol";

/// @notice
/// constructor ── token of another exchange │ no par value ── revert
/// sign ───────── not an operator │ signed before │ terminated before │ faulty │ not a party │ foreign exchange │ above par
///            │   │ never to expire ── revert
///            └── by the source │ by the target │ by both
/// terminate ──── not an operator │ unknown ── revert
///            └── after the notice │ not after its close │ at once, if it is a mere offer │ once more
/// convert ────── at the target │ not in force, on either side │ program ended │ target announced its end │ worth nothing
///            │   │ lives too short │ above the quota │ quota used up │ escrow too small │ too few points ── revert
///            └── rate │ settlement │ life │ to another account
/// acceptConversion ── not the source ── revert
contract PartnerExchangeTest is Partners {
    // constructor

    function test_ExchangeKnowsItsProgram() public view {
        assertEq(air.exchange.token(), address(air.token));
        assertEq(air.exchange.rules(), address(air.rules));
        assertEq(air.exchange.registry(), address(registry));
        assertEq(air.exchange.parValue(), 4);
    }

    function test_RevertWhen_TokenHasAnotherExchange() public {
        vm.expectRevert(
            abi.encodeWithSelector(IPartnerExchange.ForeignToken.selector, address(air.token), address(air.exchange))
        );
        newExchange(air, 4);
    }

    function test_RevertWhen_PointsAreWorthNothingAtPar() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        PointsParts memory parts = PointsParts(address(air.manager), address(air.rules), address(0), predicted);
        air.token = newToken("Miles", 30 days, true, parts);
        vm.expectRevert(IPartnerExchange.ZeroParValue.selector);
        newExchange(air, 0);
    }

    // sign

    function test_BothSidesSign() public {
        Agreement memory agreement = airToHotel();
        bytes32 id = air.exchange.idOf(agreement);
        vm.expectEmit(address(air.exchange));
        emit IPartnerExchange.AgreementSigned(id, address(air.exchange), address(hotel.exchange), agreement);
        assertEq(signAt(address(air.exchange), agreement), id);
        assertFalse(air.exchange.isInForce(id), "a mere offer");
        assertFalse(hotel.exchange.isInForce(id));

        vm.expectEmit(address(hotel.exchange));
        emit IPartnerExchange.AgreementSigned(id, address(air.exchange), address(hotel.exchange), agreement);
        assertEq(signAt(address(hotel.exchange), agreement), id);
        assertTrue(air.exchange.isInForce(id));
        assertTrue(hotel.exchange.isInForce(id));
        assertEq(abi.encode(air.exchange.agreementOf(id)), abi.encode(agreement));
        assertEq(abi.encode(hotel.exchange.agreementOf(id)), abi.encode(agreement));
        assertEq(air.exchange.endsAtOf(id), agreement.closesAt);
    }

    function test_TargetMaySignFirst() public {
        Agreement memory agreement = airToHotel();
        bytes32 id = signAt(address(hotel.exchange), agreement);
        assertFalse(hotel.exchange.isInForce(id));
        signAt(address(air.exchange), agreement);
        assertTrue(hotel.exchange.isInForce(id));
    }

    function test_AgreementIsInForceFromItsOpeningToItsClose() public {
        Agreement memory agreement = airToHotel();
        agreement.opensAt = START + 1 days;
        bytes32 id = signBoth(agreement);
        assertFalse(air.exchange.isInForce(id));
        vm.warp(agreement.opensAt);
        assertTrue(air.exchange.isInForce(id));
        vm.warp(agreement.closesAt - 1);
        assertTrue(air.exchange.isInForce(id));
        vm.warp(agreement.closesAt);
        assertFalse(air.exchange.isInForce(id));
    }

    function test_RevertWhen_AgreementIsSignedByAStranger() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        air.exchange.sign(airToHotel());
    }

    function test_RevertWhen_AgreementWasSigned() public {
        Agreement memory agreement = airToHotel();
        bytes32 id = signBoth(agreement);
        bytes memory fault = abi.encodeWithSelector(IPartnerExchange.AlreadySigned.selector, id);
        vm.startPrank(operator);
        vm.expectRevert(fault);
        air.exchange.sign(agreement);
        air.exchange.terminate(id);
        vm.warp(START + 31 days);
        vm.expectRevert(fault);
        air.exchange.sign(agreement);
    }

    function test_RevertWhen_AgreementIsFaulty() public {
        Agreement memory agreement = airToHotel();
        agreement.quota = 0;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(AgreementLibrary.InvalidQuota.selector, 0, 1 days));
        air.exchange.sign(agreement);
    }

    function test_RevertWhen_ExchangeIsNotOneOfTheTwo() public {
        expectNotSigned(books, airToHotel(), IPartnerExchange.NotParty.selector);
        expectNotSigned(air, freely(air, 1, air, 1), IPartnerExchange.NotParty.selector);
    }

    function test_RevertWhen_OtherExchangeIsForeign() public {
        Agreement memory agreement = airToHotel();
        agreement.target = stranger;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.ForeignExchange.selector, stranger));
        air.exchange.sign(agreement);
        agreement = airToHotel();
        agreement.source = stranger;
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.ForeignExchange.selector, stranger));
        hotel.exchange.sign(agreement);
    }

    /// @dev 3 miles at 4 are worth 12, and 5 nights at 6 are worth 30. Neither side would sign it.
    function test_RevertWhen_RateIsAbovePar() public {
        Agreement memory agreement = freely(air, 3, hotel, 5);
        vm.startPrank(operator);
        vm.expectRevert(abi.encodeWithSelector(AgreementLibrary.RateAbovePar.selector, 12, 30));
        air.exchange.sign(agreement);
        vm.expectRevert(abi.encodeWithSelector(AgreementLibrary.RateAbovePar.selector, 12, 30));
        hotel.exchange.sign(agreement);
    }

    function test_RevertWhen_PointsWouldNoLongerExpire() public {
        expectNotSigned(air, freely(air, 5, books, 4), IPartnerExchange.LifeGained.selector);
        expectNotSigned(books, freely(air, 5, books, 4), IPartnerExchange.LifeGained.selector);
        signBoth(freely(books, 6, hotel, 5));
    }

    // terminate

    function test_EitherSideTerminatesAfterItsNotice() public {
        bytes32 id = signBoth(airToHotel());
        vm.prank(owner);
        hotel.rules.setNoticePeriod(40 days);
        vm.expectEmit(address(hotel.exchange));
        emit IPartnerExchange.AgreementTerminated(id, START + 40 days);
        terminate(hotel, id);
        assertEq(hotel.exchange.endsAtOf(id), START + 40 days);
        assertEq(air.exchange.endsAtOf(id), START + 365 days);

        terminate(air, id);
        vm.warp(START + NOTICE - 1);
        assertTrue(air.exchange.isInForce(id));
        assertTrue(hotel.exchange.isInForce(id));
        vm.warp(START + NOTICE);
        assertFalse(air.exchange.isInForce(id), "the earlier of the two ends it");
        assertFalse(hotel.exchange.isInForce(id));
    }

    function test_TerminationNeverComesAfterTheClose() public {
        Agreement memory agreement = airToHotel();
        bytes32 id = signBoth(agreement);
        vm.warp(agreement.closesAt - 1);
        terminate(air, id);
        assertEq(air.exchange.endsAtOf(id), agreement.closesAt);
    }

    function test_TerminatingAgainDoesNotPutTheEndOff() public {
        bytes32 id = signBoth(airToHotel());
        terminate(air, id);
        vm.warp(START + 1 days);
        terminate(air, id);
        assertEq(air.exchange.endsAtOf(id), START + NOTICE);
    }

    function test_AnOfferIsTakenBackAtOnce() public {
        bytes32 id = signAt(address(hotel.exchange), airToHotel());
        terminate(hotel, id);
        assertEq(hotel.exchange.endsAtOf(id), START);
        signAt(address(air.exchange), airToHotel());
        assertFalse(air.exchange.isInForce(id));
    }

    function test_RevertWhen_AgreementIsTerminatedByAStranger() public {
        bytes32 id = signBoth(airToHotel());
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        air.exchange.terminate(id);
    }

    // What is unknown

    function test_RevertWhen_AgreementIsUnknown() public {
        bytes32 id = signAt(address(hotel.exchange), airToHotel());
        bytes memory fault = abi.encodeWithSelector(IPartnerExchange.UnknownAgreement.selector, id);
        vm.startPrank(operator);
        vm.expectRevert(fault);
        air.exchange.terminate(id);
        vm.expectRevert(fault);
        air.exchange.deposit(id, 1);
        vm.expectRevert(fault);
        air.exchange.withdraw(id, 0, operator);
        vm.expectRevert(fault);
        air.exchange.agreementOf(id);
        vm.expectRevert(fault);
        air.exchange.quotaLeft(id);
        vm.expectRevert(fault);
        air.exchange.quote(id, 3);
        vm.expectRevert(fault);
        air.exchange.convertibleOf(id, alice);
        assertEq(air.exchange.endsAtOf(id), 0);
        assertFalse(air.exchange.isInForce(id));
    }

    // convert

    function test_ConversionBurnsSettlesAndMints() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        vm.expectEmit(address(air.token));
        emit IERC20.Transfer(alice, address(0), 30);
        vm.expectEmit(address(hotel.exchange));
        emit IPartnerExchange.ConversionAccepted(id, bob, 20);
        vm.expectEmit(address(hotel.token));
        emit IERC20.Transfer(address(0), bob, 20);
        vm.expectEmit(address(air.exchange));
        emit IPartnerExchange.Converted(id, alice, bob, 30, 20, 50);
        vm.prank(alice);
        (uint256 burned, uint256 minted) = air.exchange.convert(agreement, 30, bob);
        assertEq(burned, 30);
        assertEq(minted, 20);
        assertEq(air.token.balanceOf(alice), 970);
        assertEq(hotel.token.balanceOf(alice), 0);
        assertEq(hotel.token.balanceOf(bob), 20);
        assertEq(air.exchange.escrowOf(id), 50);
        assertEq(air.exchange.burnedUnder(id), 30);
        assertEq(air.exchange.owedTo(address(money), beneficiary), 50);
    }

    function test_NoMoreIsBurnedThanTheMintedCost() public {
        (, Agreement memory agreement) = ready(100);
        (uint256 burned, uint256 minted) = convert(alice, agreement, 4);
        assertEq(burned, 3, "2 nights cost 3 miles");
        assertEq(minted, 2);
        assertEq(air.token.balanceOf(alice), 997);
    }

    function test_SettlementsAreRoundedUpTogether() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        for (uint256 i; i < 6; ++i) {
            convert(alice, agreement, 2); // for one night each
        }
        assertEq(air.exchange.burnedUnder(id), 12);
        assertEq(air.exchange.owedTo(address(money), beneficiary), 20, "5 for each 3, however small the steps");
    }

    function test_NothingIsSettledWhereNothingIsAgreed() public {
        Agreement memory agreement = freely(air, 3, hotel, 2);
        signBoth(agreement);
        give(air, alice, 30);
        convert(alice, agreement, 30);
        assertEq(hotel.token.balanceOf(alice), 20);
    }

    function test_EachLotKeepsTheLifeThatTheTargetHasForIt() public {
        // Miles of age 0 expire in 120 days, 90, 60, 30; nights in 360, 270, 180, 90.
        Agreement memory agreement = freely(hotel, 1, air, 1);
        signBoth(agreement);
        giveLots(hotel, alice, [uint256(40), 30, 20, 10]);
        convert(alice, agreement, 60);
        assertLots(hotel, alice, [uint256(40), 0, 0, 0]);
        assertLots(air, alice, [uint256(50), 10, 0, 0]);
    }

    function test_PointsThatLiveTooShortStay() public {
        Agreement memory agreement = airToHotel();
        agreement.settlement = 0;
        (agreement.settlementToken, agreement.beneficiary) = (address(0), address(0));
        bytes32 id = signBoth(agreement);
        giveLots(air, alice, [uint256(30), 20, 10, 5]);
        assertEq(air.exchange.convertibleOf(id, alice), 50);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 50, 51));
        convert(alice, agreement, 52);
        convert(alice, agreement, 21);
        assertLots(air, alice, [uint256(29), 0, 10, 5]);
        assertLots(hotel, alice, [uint256(0), 0, 0, 14]);

        vm.warp(START + 31 days);
        assertEq(air.exchange.convertibleOf(id, alice), 29, "120 days are not yet over");
    }

    function test_PointsThatNeverExpireGetTheFullLife() public {
        Agreement memory agreement = freely(books, 6, hotel, 5);
        signBoth(agreement);
        give(books, alice, 60);
        vm.warp(START + 300 days);
        convert(alice, agreement, 60);
        assertLots(hotel, alice, [uint256(50), 0, 0, 0]);
    }

    function test_NeverToNever() public {
        Program memory songs = newProgram("Songs", 1 days, false, 5);
        Agreement memory agreement = freely(books, 1, songs, 1);
        signBoth(agreement);
        give(books, alice, 60);
        convert(alice, agreement, 60);
        vm.warp(START + 3650 days);
        assertEq(songs.token.balanceOf(alice), 60);
    }

    function test_RevertWhen_AllPointsLiveTooShort() public {
        Program memory cafe = newProgram("Cups", 10 days, true, 6);
        Agreement memory agreement = freely(cafe, 1, hotel, 1);
        bytes32 id = signBoth(agreement);
        give(cafe, alice, 10);
        assertEq(cafe.exchange.convertibleOf(id, alice), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IPartnerExchange.LifeTooShort.selector, START + 40 days, START + 90 days)
        );
        convert(alice, agreement, 10);
        vm.warp(START + 60 days);
        give(cafe, alice, 10);
        convert(alice, agreement, 10);
        assertLots(hotel, alice, [uint256(0), 0, 0, 10]);
    }

    function test_ConversionGoesOnWhileTheEndOfTheSourceIsAnnounced() public {
        (, Agreement memory agreement) = ready(100);
        vm.prank(owner);
        air.rules.announceEnd(START + NOTICE);
        vm.warp(START + NOTICE - 1);
        convert(alice, agreement, 3);
        vm.warp(START + NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.ProgramEnded.selector, START + NOTICE));
        convert(alice, agreement, 3);
    }

    function test_RevertWhen_TargetAnnouncedItsEnd() public {
        (, Agreement memory agreement) = ready(100);
        vm.prank(owner);
        hotel.rules.announceEnd(START + NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.EndAnnounced.selector, START + NOTICE));
        convert(alice, agreement, 3);
    }

    function test_RevertWhen_ConversionIsAskedOfTheTarget() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.NotSource.selector, id, address(air.exchange)));
        hotel.exchange.convert(agreement, 3, alice);
    }

    function test_RevertWhen_OneSideHasNotSigned() public {
        Agreement memory agreement = freely(air, 3, hotel, 2);
        give(air, alice, 3);
        bytes32 id = signAt(address(hotel.exchange), agreement);
        expectNotInForce(air, agreement, 0);
        signAt(address(air.exchange), agreement);
        convert(alice, agreement, 3);

        agreement.termsHash = "another";
        assertNotEq(signAt(address(air.exchange), agreement), id);
        give(air, alice, 3);
        expectNotInForce(hotel, agreement, 0);
    }

    function test_RevertWhen_AgreementIsNotOpen() public {
        (, Agreement memory agreement) = ready(100);
        vm.warp(START - 1);
        expectNotInForce(air, agreement, agreement.closesAt);
        vm.warp(agreement.closesAt);
        expectNotInForce(air, agreement, agreement.closesAt);
    }

    function test_RevertWhen_OneSideTerminated() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        terminate(hotel, id);
        vm.warp(START + NOTICE - 1);
        convert(alice, agreement, 3);
        vm.warp(START + NOTICE);
        expectNotInForce(hotel, agreement, START + NOTICE);
    }

    function test_RevertWhen_AmountIsWorthNothing() public {
        (, Agreement memory agreement) = ready(100);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.AmountTooSmall.selector, 1, 2));
        convert(alice, agreement, 1);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.AmountTooSmall.selector, 0, 2));
        convert(alice, agreement, 0);
    }

    function test_RevertWhen_EscrowIsTooSmall() public {
        (bytes32 id, Agreement memory agreement) = ready(9);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.InsufficientEscrow.selector, id, 9, 10));
        convert(alice, agreement, 6);
        convert(alice, agreement, 3);
    }

    function test_RevertWhen_PointsAreTooFew() public {
        (, Agreement memory agreement) = ready(5000);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 1000, 1002));
        convert(alice, agreement, 1002);
    }

    function test_QuotaHoldsInEveryWindowAndComesBack() public {
        (bytes32 id, Agreement memory agreement) = ready(10_000);
        give(air, alice, 5000);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.QuotaExceeded.selector, id, 1000, 1002));
        convert(alice, agreement, 1503);
        convert(alice, agreement, 900);
        assertEq(hotel.exchange.quotaLeft(id), 400);
        assertEq(air.exchange.quotaLeft(id), 400, "asked of the target");
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.QuotaExceeded.selector, id, 400, 402));
        convert(alice, agreement, 603);
        convert(alice, agreement, 600);
        assertEq(hotel.exchange.quotaLeft(id), 0);
        vm.warp(START + 32 hours);
        assertEq(hotel.exchange.quotaLeft(id), 1000);
        convert(alice, agreement, 3);
    }

    /// @dev More than a lot can hold: the source says so, before lots of the target are made of it.
    function test_RevertWhen_MoreIsWorthThanAnyQuota() public {
        Program memory coins = newProgram("Coins", 30 days, true, 1);
        Agreement memory agreement = freely(air, 1, coins, 4);
        agreement.quota = uint48(POINTS_MAX);
        bytes32 id = signBoth(agreement);
        give(air, alice, 2 ** 45);
        vm.expectRevert(
            abi.encodeWithSelector(IPartnerExchange.QuotaExceeded.selector, id, POINTS_MAX, uint256(2 ** 47))
        );
        convert(alice, agreement, 2 ** 45);
    }

    function test_RevertWhen_TargetCanIssueNoMore() public {
        (, Agreement memory agreement) = ready(100);
        give(hotel, bob, POINTS_MAX - 1);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.SupplyExceeded.selector, 2, 1));
        convert(alice, agreement, 3);
    }

    function test_RevertWhen_ReceiverIsTheZeroAddress() public {
        (, Agreement memory agreement) = ready(100);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        air.exchange.convert(agreement, 3, address(0));
    }

    function test_RevertWhen_EitherTokenIsPaused() public {
        (, Agreement memory agreement) = ready(100);
        uint40 until = START + 1 days;
        vm.prank(owner);
        air.token.pause(until);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.Paused.selector, until));
        convert(alice, agreement, 3);
        vm.startPrank(owner);
        air.token.unpause();
        hotel.token.pause(until);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.Paused.selector, until));
        convert(alice, agreement, 3);
    }

    function test_RevertWhen_AccountIsFrozen() public {
        (, Agreement memory agreement) = ready(100);
        uint40 until = START + 1 days;
        vm.prank(owner);
        air.token.freeze(alice, FreezeReason.MemberRequest, until);
        vm.expectRevert(abi.encodeWithSelector(IPointsToken.AccountIsFrozen.selector, alice, until));
        convert(alice, agreement, 3);
        vm.warp(until);
        convert(alice, agreement, 3);
    }

    function test_QuoteIsWhatIsDone() public {
        (bytes32 id, Agreement memory agreement) = ready(100);
        convert(alice, agreement, 2);
        (uint256 burned, uint256 minted, uint256 settlement) = air.exchange.quote(id, 9);
        assertEq(burned, 9);
        assertEq(minted, 6);
        // 11 miles cost 19, rounded up, and the 2 before it cost 4 of these.
        assertEq(settlement, 15);
        convert(alice, agreement, 9);
        assertEq(air.exchange.owedTo(address(money), beneficiary), 19);
    }

    // acceptConversion

    function test_RevertWhen_ConversionDoesNotComeFromTheSource() public {
        (, Agreement memory agreement) = ready(100);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IPartnerExchange.NotCounterpart.selector, alice, address(air.exchange)));
        hotel.exchange.acceptConversion(agreement, alice, AccountWord.wrap(1 << 240 | 1));
    }

    /// @dev Whoever names itself the source has an agreement that nobody signed.
    function test_RevertWhen_ForeignSourceHandsAConversionOver() public {
        Agreement memory agreement = airToHotel();
        agreement.source = stranger;
        vm.expectRevert(
            abi.encodeWithSelector(
                IPartnerExchange.NotInForce.selector, hotel.exchange.idOf(agreement), address(hotel.exchange), START, 0
            )
        );
        vm.prank(stranger);
        hotel.exchange.acceptConversion(agreement, stranger, AccountWord.wrap(1 << 240 | 1));
    }

    // random numbers

    /// @dev Whatever is converted, at whatever moment: value at par, life, and what is owed.
    function testFuzz_NeitherValueNorLifeIsGained(
        uint16[4] memory lots,
        uint48 sourcePoints,
        uint48 targetPoints,
        uint48 amount,
        uint32 elapsed,
        bool toHotel
    ) public {
        (Program memory source, Program memory target) = toHotel ? (air, hotel) : (hotel, air);
        Agreement memory agreement = freely(source, 0, target, uint48(bound(targetPoints, 1, 1e6)));
        uint256 atPar = Math.ceilDiv(agreement.targetPoints * target.exchange.parValue(), source.exchange.parValue());
        agreement.sourcePoints = uint48(bound(sourcePoints, atPar, 1e7));
        (agreement.quota, agreement.closesAt) = (uint48(POINTS_MAX), type(uint40).max);
        signBoth(agreement);
        vm.warp(START + elapsed);
        giveLots(source, alice, [uint256(lots[0]), lots[1], lots[2], lots[3]]);
        convertWatched(source, target, agreement, amount);
    }

    function convertWatched(Program memory source, Program memory target, Agreement memory agreement, uint48 amount)
        private
    {
        bytes32 id = source.exchange.idOf(agreement);
        amount = uint48(bound(amount, 0, source.exchange.convertibleOf(id, alice)));
        (uint256 burned, uint256 minted,) = source.exchange.quote(id, amount);
        vm.assume(minted != 0);
        uint256 balance = source.token.balanceOf(alice);
        uint256[8] memory moments;
        uint256[8] memory values;
        for (uint256 i; i < 8; ++i) {
            moments[i] = (i < 4 ? source : target).token.expiryOf(i % 4);
            values[i] = valueAt(moments[i], source, target);
        }
        convert(alice, agreement, amount);
        assertEq(source.token.balanceOf(alice), balance - burned);
        assertEq(target.token.balanceOf(alice), minted);
        for (uint256 i; i < 8; ++i) {
            assertLe(valueAt(moments[i], source, target), values[i]);
        }
    }

    /// @dev Value at par of what alice will have in the second before `moment`.
    function valueAt(uint256 moment, Program memory source, Program memory target) private returns (uint256 value) {
        uint256 snapshot = vm.snapshotState();
        vm.warp(moment - 1);
        value = source.token.balanceOf(alice) * source.exchange.parValue() + target.token.balanceOf(alice)
            * target.exchange.parValue();
        vm.revertToState(snapshot);
    }

    function expectNotSigned(Program memory program, Agreement memory agreement, bytes4 selector) private {
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(selector, agreement.source, agreement.target));
        program.exchange.sign(agreement);
    }

    /// @param refusing  the side that says so
    function expectNotInForce(Program memory refusing, Agreement memory agreement, uint40 endsAt) private {
        bytes32 id = air.exchange.idOf(agreement);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPartnerExchange.NotInForce.selector, id, address(refusing.exchange), agreement.opensAt, endsAt
            )
        );
        convert(alice, agreement, 3);
    }
}
