// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title Who knows which exchanges are genuine.
interface IExchangeRegistry {
    /// @notice Whether `exchange` is a PartnerExchange of the code that the registry vouches for, with a token of such code behind it. Once
    /// true, for ever true.
    function isExchange(address exchange) external view returns (bool);
}
