// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ERC-7818: an ERC-20 whose tokens expire by epoch.
///
/// @notice Names and types are those of https://eips.ethereum.org/EIPS/eip-7818. The ERC-165 identifier is that of the
/// functions below, without those of ERC-20.
interface IERC7818 is IERC20 {
    enum EPOCH_TYPE {
        BLOCKS_BASED,
        TIME_BASED
    }

    /// @notice What was earned in `epoch` has expired and cannot be moved.
    error ERC7818TransferredExpiredToken(address sender, uint256 epoch);

    /// @notice The number of the epoch that is now.
    function currentEpoch() external view returns (uint256);

    /// @notice Seconds of each epoch.
    function epochLength() external view returns (uint256);

    /// @notice Whether epochs are counted in blocks or in seconds.
    function epochType() external view returns (EPOCH_TYPE);

    /// @notice Epochs in which points are live: the one in which they are earned and those after it.
    function validityDuration() external view returns (uint256);

    /// @notice Whether points earned in `epoch` have expired: `currentEpoch() - epoch >= validityDuration()`. False for epochs to
    /// come.
    function isEpochExpired(uint256 epoch) external view returns (bool);

    /// @notice Live points of `account` that were earned in `epoch`; 0 once they expired.
    function balanceOfAtEpoch(uint256 epoch, address account) external view returns (uint256);

    /// @notice Moves `amount` of the caller's points that were earned in `epoch`, and no others. They keep their epoch.
    /// @dev One Transfer is logged. Reverts with {ERC7818TransferredExpiredToken} where the epoch has expired, and with
    /// ERC20InsufficientBalance, of that epoch's points, where they are fewer.
    function transferAtEpoch(uint256 epoch, address to, uint256 amount) external returns (bool);

    /// @notice As {transferAtEpoch}, of the points of `from`, out of the caller's allowance.
    function transferFromAtEpoch(uint256 epoch, address from, address to, uint256 amount) external returns (bool);
}
