// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPointsToken} from "../interfaces/IPointsToken.sol";
import {AccountWord, AccountWordLibrary} from "../types/AccountWord.sol";
import {FreezeReason} from "../types/FreezeReason.sol";
import {TransferPolicy} from "../types/TransferPolicy.sol";
import {Accounts} from "./Accounts.sol";

/// @notice What guardians and operators can stop, and let go on. See {IPointsToken}.
/// @dev Whether an account is frozen or a partner's is told by its word, which every action reads anyway: the freeze itself is looked up
/// for accounts that were frozen only.
abstract contract Restrictions is Accounts, AccessManaged {
    uint40 public constant FREEZE_MAX = 90 days;
    uint40 public constant PAUSE_MAX = 14 days;

    struct Freeze {
        uint40 until;
        FreezeReason reason;
    }

    /// @inheritdoc IPointsToken
    uint40 public pausedUntil;
    /// @inheritdoc IPointsToken
    TransferPolicy public transferPolicy;
    mapping(address account => Freeze) private _freezes;

    constructor(TransferPolicy policy) {
        transferPolicy = policy;
    }

    modifier whenNotPaused() {
        if (block.timestamp < pausedUntil) revert Paused(pausedUntil);
        _;
    }

    /// @inheritdoc IPointsToken
    function pause(uint40 until) external restricted {
        _checkEnd(until, PAUSE_MAX);
        pausedUntil = until;
        emit PauseSet(until);
    }

    /// @inheritdoc IPointsToken
    function unpause() external restricted {
        pausedUntil = 0;
        emit PauseSet(0);
    }

    /// @inheritdoc IPointsToken
    function freeze(address account, FreezeReason reason, uint40 until) external restricted {
        _checkEnd(until, FREEZE_MAX);
        _freezes[account] = Freeze(until, reason);
        _setFlag(account, AccountWordLibrary.FROZEN, true);
        emit AccountFrozen(account, reason, until);
    }

    /// @inheritdoc IPointsToken
    function unfreeze(address account) external restricted {
        delete _freezes[account];
        _setFlag(account, AccountWordLibrary.FROZEN, false);
        emit AccountUnfrozen(account);
    }

    /// @inheritdoc IPointsToken
    function setPartner(address account, bool partner) external restricted {
        if (account == address(0)) revert ERC20InvalidReceiver(account);
        _setFlag(account, AccountWordLibrary.PARTNER, partner);
        emit PartnerSet(account, partner);
    }

    /// @inheritdoc IPointsToken
    function openTransfers(TransferPolicy policy) external restricted {
        if (policy <= transferPolicy) revert PolicyNotWider(transferPolicy, policy);
        transferPolicy = policy;
        emit TransfersOpened(policy);
    }

    /// @inheritdoc IPointsToken
    function freezeOf(address account) external view returns (FreezeReason reason, uint40 until) {
        Freeze memory freeze_ = _freezes[account];
        return block.timestamp < freeze_.until ? (freeze_.reason, freeze_.until) : (reason, 0);
    }

    /// @inheritdoc IPointsToken
    function isPartner(address account) external view returns (bool) {
        return _accounts[account].word.has(AccountWordLibrary.PARTNER);
    }

    /// @dev A freeze that came to its end stops nobody; its flag stays until {unfreeze}, at the price of this look.
    function _checkNotFrozen(address account, AccountWord word) internal view {
        if (!word.has(AccountWordLibrary.FROZEN)) return;
        uint40 until = _freezes[account].until;
        if (block.timestamp < until) revert AccountIsFrozen(account, until);
    }

    function _checkPolicy(address from, AccountWord sender, address to, AccountWord receiver) internal view {
        TransferPolicy policy = transferPolicy;
        if (policy == TransferPolicy.Open) return;
        if (sender.has(AccountWordLibrary.PARTNER) || receiver.has(AccountWordLibrary.PARTNER)) return;
        if (policy == TransferPolicy.Partners || receiver.epoch() == 0) revert TransferNotAllowed(from, to, policy);
    }

    function _setFlag(address account, uint256 flag, bool value) private {
        _accounts[account].word = _accounts[account].word.withFlag(flag, value);
    }

    function _checkEnd(uint40 until, uint40 longest) private view {
        if (until <= block.timestamp || until > block.timestamp + longest) {
            revert InvalidEnd(until, block.timestamp + longest);
        }
    }
}
