// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC7818} from "../interfaces/IERC7818.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {AccountWord, LIVE_EPOCHS, POINTS_MAX} from "../types/AccountWord.sol";
import {PointsTerms} from "../types/PointsTerms.sol";
import {TierThresholds, TierThresholdsLibrary} from "../types/Tiers.sol";
import {EpochClock} from "./EpochClock.sol";

/// @notice The words of the accounts and of the supply, and what time does to them. See {IPointsToken}.
/// @dev First in the storage of the token: whoever proves an account's word from the chain's state needs its slot.
abstract contract Accounts is EpochClock {
    /// @dev A struct of one word: a reference to it hashes the mapping's key once for a read and a write.
    struct Account {
        AccountWord word;
    }

    uint8 public immutable decimals;
    string public name;
    string public symbol;

    mapping(address account => Account) internal _accounts;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    AccountWord internal _supply;

    TierThresholds internal immutable _thresholds;

    constructor(PointsTerms memory terms) {
        name = terms.name;
        symbol = terms.symbol;
        decimals = terms.decimals;
        _thresholds = TierThresholdsLibrary.pack(terms.tierThresholds);
    }

    /// @inheritdoc IPointsToken
    function sweep(address[] calldata accounts) external returns (uint256 expired) {
        uint256 epoch = currentEpoch();
        for (uint256 i; i < accounts.length; ++i) {
            AccountWord word = _accounts[accounts[i]].word;
            AccountWord rolled = _roll(accounts[i], word, epoch);
            expired += word.points() - rolled.points();
            _storeRest(accounts[i], rolled);
        }
    }

    /// @inheritdoc IERC20
    function totalSupply() external view returns (uint256) {
        return _live(_supply).points();
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        return _live(_accounts[account].word).points();
    }

    /// @inheritdoc IERC7818
    function balanceOfAtEpoch(uint256 epoch, address account) external view returns (uint256) {
        uint256 current = currentEpoch();
        if (epoch > current || current - epoch >= LIVE_EPOCHS) return 0;
        return _live(_accounts[account].word).lot(current - epoch);
    }

    /// @inheritdoc IPointsToken
    function lotsOf(address account) external view returns (uint256[4] memory points, uint256 epoch) {
        AccountWord word = _live(_accounts[account].word);
        for (uint256 age; age < LIVE_EPOCHS; ++age) {
            points[age] = word.lot(age);
        }
        epoch = word.epoch();
    }

    /// @inheritdoc IPointsToken
    function tierOf(address account) external view returns (uint256) {
        return _tierIn(_accounts[account].word, _periodStart(currentEpoch()));
    }

    /// @inheritdoc IPointsToken
    function tierPointsOf(address account) external view returns (uint256) {
        AccountWord word = _accounts[account].word;
        return word.epoch() < _periodStart(currentEpoch()) ? 0 : word.total();
    }

    /// @inheritdoc IPointsToken
    function tierThresholds() external view returns (uint256[3] memory thresholds) {
        for (uint256 i; i < thresholds.length; ++i) {
            uint256 largest = _thresholds.largestOf(i);
            thresholds[i] = largest == POINTS_MAX ? 0 : largest + 1;
        }
    }

    /// @inheritdoc IPointsToken
    function wordOf(address account) external view returns (uint256) {
        return AccountWord.unwrap(_accounts[account].word);
    }

    /// @inheritdoc IPointsToken
    function supplyWord() external view returns (uint256) {
        return AccountWord.unwrap(_supply);
    }

    /// @inheritdoc IPointsToken
    function issuable() external view returns (uint256) {
        return POINTS_MAX - _supply.total();
    }

    /// @dev Rolls the word of `account` and logs what time did to it. The caller stores the result.
    function _roll(address account, AccountWord word, uint256 epoch) internal returns (AccountWord rolled) {
        AccountWord gone;
        (rolled, gone) = word.roll(epoch, _agingBits);
        if (AccountWord.unwrap(gone) != 0) emit Transfer(account, address(0), gone.points());
        uint256 periodStart = _periodStart(epoch);
        if (word.epoch() >= periodStart) return rolled;
        rolled = rolled.withTotal(0);
        (uint256 from, uint256 to) = (word.tier(), _tierIn(word, periodStart));
        if (from != to) {
            rolled = rolled.withTier(to);
            emit TierChanged(account, from, to);
        }
    }

    /// @dev Stores a word that was rolled and that nothing was put into. That of an account which never had points stays without an epoch,
    /// which is what tells members from others.
    function _storeRest(address account, AccountWord rest) internal {
        Account storage stored = _accounts[account];
        if (stored.word.epoch() != 0) stored.word = rest;
    }

    /// @dev The tier of a stored word in the tier period that begins with `periodStart`. It was kept up while points were earned; at the
    /// end of a period it becomes what the points of that period led to, and at the end of one without a point, the lowest.
    function _tierIn(AccountWord word, uint256 periodStart) internal view returns (uint256) {
        uint256 epoch = word.epoch();
        if (epoch >= periodStart) return word.tier();
        return epoch + tierPeriodEpochs >= periodStart ? _thresholds.tierOf(word.total()) : 0;
    }

    function _live(AccountWord word) internal view returns (AccountWord rolled) {
        (rolled,) = word.roll(currentEpoch(), _agingBits);
    }
}
