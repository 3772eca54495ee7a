// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {POINTS_MAX} from "./AccountWord.sol";

/// @notice What two brands agreed on: points of the source are burned, points of the target minted, and the source's brand pays the
/// target's for it. Amounts are in base units of the tokens.
/// @param source           exchange of the program whose points are burned
/// @param sourcePoints     burned for each `targetPoints`
/// @param target           exchange of the program whose points are minted
/// @param targetPoints     minted for each `sourcePoints`
/// @param quota            points that can be minted in any window of `quotaWindow` seconds, and in one conversion
/// @param quotaWindow      at least one hour
/// @param opensAt          first second in which points can be converted
/// @param closesAt         first second in which they no longer can
/// @param settlement       of the settlement token, for each `sourcePoints`; 0 if nothing is paid, and so are the next two
/// @param settlementToken  any ERC-20
/// @param beneficiary      whom the settlement is paid to
/// @param termsHash        hash of the document that states the agreement
struct Agreement {
    address source;
    uint48 sourcePoints;
    address target;
    uint48 targetPoints;
    uint48 quota;
    uint32 quotaWindow;
    uint40 opensAt;
    uint40 closesAt;
    uint128 settlement;
    address settlementToken;
    address beneficiary;
    bytes32 termsHash;
}

using AgreementLibrary for Agreement global;

library AgreementLibrary {
    uint32 internal constant QUOTA_WINDOW_MIN = 1 hours;

    error InvalidExchangeRate(uint48 sourcePoints, uint48 targetPoints);
    error InvalidQuota(uint48 quota, uint32 quotaWindow);
    error InvalidAgreementPeriod(uint40 opensAt, uint40 closesAt);
    error InvalidSettlement(uint128 settlement, address settlementToken, address beneficiary);

    /// @notice A round of conversions could yield a profit: the points minted are worth more at par than those burned.
    error RateAbovePar(uint256 sourceValue, uint256 targetValue);

    function id(Agreement memory agreement) internal pure returns (bytes32) {
        return keccak256(abi.encode(agreement));
    }

    /// @dev Whatever the two exchanges and programs are. A settlement that the source owed to itself would never leave it.
    function check(Agreement memory agreement) internal pure {
        if (agreement.sourcePoints == 0 || agreement.targetPoints == 0) {
            revert InvalidExchangeRate(agreement.sourcePoints, agreement.targetPoints);
        }
        if (agreement.quota == 0 || agreement.quota > POINTS_MAX || agreement.quotaWindow < QUOTA_WINDOW_MIN) {
            revert InvalidQuota(agreement.quota, agreement.quotaWindow);
        }
        if (agreement.closesAt <= agreement.opensAt) {
            revert InvalidAgreementPeriod(agreement.opensAt, agreement.closesAt);
        }
        bool isFree = agreement.settlement == 0;
        if (
            isFree != (agreement.settlementToken == address(0)) || isFree != (agreement.beneficiary == address(0))
                || agreement.beneficiary == agreement.source
        ) {
            revert InvalidSettlement(agreement.settlement, agreement.settlementToken, agreement.beneficiary);
        }
    }

    /// @dev The par values are those of one point of the source and of the target.
    function checkPar(Agreement memory agreement, uint128 sourcePar, uint128 targetPar) internal pure {
        uint256 sourceValue = uint256(agreement.sourcePoints) * sourcePar;
        uint256 targetValue = uint256(agreement.targetPoints) * targetPar;
        if (targetValue > sourceValue) revert RateAbovePar(sourceValue, targetValue);
    }

    /// @dev For `burned` within 64 bits.
    function mintedRoundedDown(Agreement memory agreement, uint256 burned) internal pure returns (uint256) {
        return burned * agreement.targetPoints / agreement.sourcePoints;
    }

    /// @dev The fewest points that `minted` of the target are minted for. For `minted` within 112 bits.
    function burnedRoundedUp(Agreement memory agreement, uint256 minted) internal pure returns (uint256) {
        return Math.ceilDiv(minted * agreement.sourcePoints, agreement.targetPoints);
    }

    /// @dev For `burned` within 64 bits.
    function settlementRoundedUp(Agreement memory agreement, uint256 burned) internal pure returns (uint256) {
        return Math.ceilDiv(burned * agreement.settlement, agreement.sourcePoints);
    }
}
