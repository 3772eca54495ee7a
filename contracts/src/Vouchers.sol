// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC7572} from "./interfaces/IERC7572.sol";
import {IRewards} from "./interfaces/IRewards.sol";
import {IVouchers} from "./interfaces/IVouchers.sol";
import {Redemption} from "./types/Redemption.sol";
import {VoucherKind} from "./types/VoucherKind.sol";

/// @notice See {IVouchers}.
contract Vouchers is IVouchers, ERC1155, AccessManaged {
    address public immutable rewards;
    string public name;
    /// @inheritdoc IERC7572
    string public contractURI;
    mapping(uint256 id => uint256) public useCountOf;

    /// @dev `rewards_` comes later: it checks that this contract was told its address.
    constructor(
        address authority_,
        address rewards_,
        string memory name_,
        string memory template,
        string memory contractURI_
    ) ERC1155(template) AccessManaged(authority_) {
        rewards = rewards_;
        name = name_;
        contractURI = contractURI_;
    }

    modifier onlyRewards() {
        if (msg.sender != rewards) revert NotRewards(msg.sender);
        _;
    }

    /// @inheritdoc IVouchers
    function mint(address to, uint256 id, uint256 quantity) external onlyRewards {
        _mint(to, id, quantity, "");
    }

    /// @inheritdoc IVouchers
    function burn(address from, uint256 id, uint256 quantity) external onlyRewards {
        if (useCountOf[id] != 0) revert PassUsed(id, useCountOf[id]);
        _burn(from, id, quantity);
    }

    /// @inheritdoc IVouchers
    function use(address account, uint256 id, uint256 quantity, bytes32 referenceHash) external {
        _checkAuthorized(msg.sender, account);
        (VoucherKind kind,, uint40 expiresAt) = IRewards(rewards).voucherOf(id);
        if (block.timestamp >= expiresAt) revert VoucherExpired(id, expiresAt);
        if (quantity == 0 || kind == VoucherKind.LimitedEdition) revert NothingToUse(id, kind, quantity);
        if (kind == VoucherKind.SeasonPass) {
            uint256 balance = balanceOf(account, id);
            if (balance < quantity) revert ERC1155InsufficientBalance(account, balance, quantity, id);
            useCountOf[id] += quantity;
        } else {
            _burn(account, id, quantity);
        }
        emit VoucherUsed(id, account, quantity, referenceHash);
    }

    /// @inheritdoc IVouchers
    function setURI(string calldata template) external restricted {
        _setURI(template);
        emit URITemplateUpdated(template);
    }

    /// @inheritdoc IVouchers
    function setContractURI(string calldata uri_) external restricted {
        contractURI = uri_;
        emit ContractURIUpdated();
    }

    /// @inheritdoc IVouchers
    function kindOf(uint256 id) external view returns (VoucherKind kind) {
        (kind,,) = IRewards(rewards).voucherOf(id);
    }

    /// @inheritdoc IVouchers
    function expiryOf(uint256 id) external view returns (uint40 expiresAt) {
        (,, expiresAt) = IRewards(rewards).voucherOf(id);
    }

    /// @inheritdoc IVouchers
    function isSoulbound(uint256 id) external view returns (bool soulbound) {
        (, soulbound,) = IRewards(rewards).voucherOf(id);
    }

    /// @inheritdoc IVouchers
    function numberOf(uint256 id) external view returns (uint32) {
        return IRewards(rewards).redemptionOf(id).number;
    }

    /// @inheritdoc IVouchers
    function isLive(uint256 id) external view returns (bool) {
        Redemption memory redemption = IRewards(rewards).redemptionOf(id);
        return !redemption.isRefunded() && block.timestamp < redemption.expiresAt;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(IERC165, ERC1155) returns (bool) {
        return interfaceId == type(IERC7572).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev What is minted is live and unbound from anyone; what is burned is used or taken back.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory quantities) internal override {
        if (from != address(0) && to != address(0)) {
            for (uint256 i; i < ids.length; ++i) {
                (, bool soulbound, uint40 expiresAt) = IRewards(rewards).voucherOf(ids[i]);
                if (soulbound) revert VoucherSoulbound(ids[i]);
                if (block.timestamp >= expiresAt) revert VoucherExpired(ids[i], expiresAt);
            }
        }
        super._update(from, to, ids, quantities);
    }
}
