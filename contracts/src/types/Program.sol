// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {PointsTerms} from "./PointsTerms.sol";

/// @notice The contracts of a program.
struct Program {
    address manager;
    address token;
    address rules;
    address rewards;
    address vouchers;
    address exchange;
    address accounts;
}

/// @notice What a program is created with.
/// @param noticePeriod        see IEarningRules
/// @param lookBack            see IEarningRules
/// @param parValue            see IPartnerExchange
/// @param voucherURI          where a voucher's metadata is, by ERC-1155
/// @param voucherContractURI  ERC-7572 metadata of the vouchers
struct ProgramTerms {
    PointsTerms points;
    uint32 noticePeriod;
    uint32 lookBack;
    uint128 parValue;
    string voucherURI;
    string voucherContractURI;
}

/// @notice Who acts for the brand. The zero address leaves a role to be granted later; the owner cannot be it.
/// @param ownerDelay     seconds between what the owner schedules and does
/// @param operatorDelay  the same for the operator
/// @param issuerCap      points that the issuer can mint in any day
/// @param adjusterCap    points that the adjuster can claw back in any day
struct ProgramKeys {
    address owner;
    address operator;
    address issuer;
    address guardian;
    address custodian;
    address adjuster;
    uint32 ownerDelay;
    uint32 operatorDelay;
    uint48 issuerCap;
    uint48 adjusterCap;
}
