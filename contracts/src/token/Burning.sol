// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {AccountWord, LIVE_EPOCHS, POINTS_MAX} from "../types/AccountWord.sol";
import {Parts} from "./Parts.sol";
import {Restrictions} from "./Restrictions.sol";

/// @notice How points leave an account for something else, and come back. See {IPointsToken}.
abstract contract Burning is Restrictions, Parts {
    /// @inheritdoc IPointsToken
    function burn(address from, uint256 amount, uint256 ageMax) external whenNotPaused returns (AccountWord taken) {
        if (msg.sender != redeemer) _checkPart(exchange);
        if (ageMax >= LIVE_EPOCHS) revert NoSuchAge(ageMax);
        AccountWord word = _accounts[from].word;
        _checkNotFrozen(from, word);
        word = _roll(from, word, currentEpoch());
        uint256 balance = word.pointsUpTo(ageMax);
        if (balance < amount) revert ERC20InsufficientBalance(from, balance, amount);
        (word, taken) = word.take(amount, ageMax);
        _storeRest(from, word);
        _supply = _live(_supply).remove(taken);
        emit LotsBurned(from, taken);
        emit Transfer(from, address(0), amount);
    }

    /// @inheritdoc IPointsToken
    function restore(address to, AccountWord taken) external whenNotPaused onlyPart(redeemer) {
        AccountWord live = _live(taken.onlyLots());
        // What expired meanwhile comes back as points of the current epoch.
        AccountWord lots = AccountWord.wrap(AccountWord.unwrap(live) + taken.points() - live.points());
        _supply = _live(_supply).put(lots);
        _give(to, lots);
        emit LotsRestored(to, lots);
        emit Transfer(address(0), to, lots.points());
    }

    /// @inheritdoc IPointsToken
    function mintLots(address to, AccountWord lots) external whenNotPaused onlyPart(exchange) {
        if (lots.epoch() != currentEpoch()) revert NotOfThisEpoch(lots.epoch(), currentEpoch());
        AccountWord supply = _live(_supply);
        (uint256 points, uint256 issued) = (lots.points(), supply.total());
        if (points > POINTS_MAX - issued) revert SupplyExceeded(points, POINTS_MAX - issued);
        _supply = supply.withTotal(issued + points).put(lots);
        _give(to, lots);
        emit LotsMinted(to, lots);
        emit Transfer(address(0), to, points);
    }

    /// @inheritdoc IPointsToken
    function clawBack(address from, uint256 epoch, uint256 points)
        external
        whenNotPaused
        onlyPart(minter)
        returns (uint256 burned)
    {
        uint256 current = currentEpoch();
        uint256 age = pointsExpire() ? current - epoch : 0;
        AccountWord word = _roll(from, _accounts[from].word, current);
        uint256 unearned = epoch < _periodStart(current) ? 0 : Math.min(points, word.total());
        word = word.withTotal(word.total() - unearned);
        // What the award put into its lot is clawed back while that lives: first from the lot itself, then from what expires first.
        uint256 reach = age < LIVE_EPOCHS ? points : 0;
        age = Math.min(age, LIVE_EPOCHS - 1);
        AccountWord taken;
        AccountWord others;
        (word, taken) = word.takeAt(age, Math.min(reach, word.lot(age)));
        (word, others) = word.take(Math.min(reach - taken.points(), word.points()), LIVE_EPOCHS - 1);
        taken = taken.put(others);
        burned = taken.points();
        _accounts[from].word = word;
        _supply = _live(_supply).remove(taken);
        emit LotsClawedBack(from, taken, unearned);
        emit Transfer(from, address(0), burned);
    }

    function _give(address to, AccountWord lots) private {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        _accounts[to].word = _roll(to, _accounts[to].word, lots.epoch()).put(lots);
    }
}
