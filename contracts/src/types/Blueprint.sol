// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The creation code of a contract, kept as the code of an account: ERC-5202, version 0, without data.
///
///  0                3
///  +----------------+-------------------
///  |   FE  71  00   |  creation code ...
///  +----------------+-------------------
library Blueprint {
    uint256 private constant PREAMBLE_BYTES = 3;
    bytes3 private constant PREAMBLE = 0xfe7100;

    /// @notice There is no blueprint at this address.
    error NotABlueprint(address account);

    function check(address blueprint) internal view {
        bytes3 preamble;
        // assembly: Solidity reads whole codes only. Where there is less code, zeros are read.
        assembly ("memory-safe") {
            extcodecopy(blueprint, 0, 0, 0x20)
            preamble := mload(0)
        }
        if (blueprint.code.length <= PREAMBLE_BYTES || preamble != PREAMBLE) revert NotABlueprint(blueprint);
    }

    /// @dev The creation code with its constructor's arguments behind it.
    function initCode(address blueprint, bytes memory arguments) internal view returns (bytes memory code) {
        code = new bytes(blueprint.code.length - PREAMBLE_BYTES);
        // assembly: as above.
        assembly ("memory-safe") {
            extcodecopy(blueprint, add(code, 0x20), 3, mload(code))
        }
        code = bytes.concat(code, arguments);
    }
}
