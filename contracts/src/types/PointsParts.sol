// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The contracts of a program that its token knows, for ever.
/// @param authority  the AccessManager, which names the guardians and operators
/// @param minter     the EarningRules, the only source of new points
/// @param redeemer   the Rewards, which burn points and put them back
/// @param exchange   the PartnerExchange, which burns points and mints those that came from a partner
struct PointsParts {
    address authority;
    address minter;
    address redeemer;
    address exchange;
}
