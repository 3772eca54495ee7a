// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice Whatever it is told to call, it calls when it is called.
contract Reentrant {
    address private target;
    bytes private data;

    function prepare(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    fallback() external payable {
        (bool success, bytes memory answer) = target.call(data);
        if (success) return;
        // assembly: passes on what the target reverted with.
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice A member that consents, and then answers as it is told.
contract HostileMember is IERC1271 {
    enum Answer {
        Consent,
        Revert,
        BurnAllGas,
        Garbage,
        TooShort,
        Nothing
    }

    Answer public answer;

    function set(Answer answer_) external {
        answer = answer_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (answer == Answer.Consent) return IERC1271.isValidSignature.selector;
        if (answer == Answer.Revert) revert("no");
        while (answer == Answer.BurnAllGas) {}
        bytes32 word =
            answer == Answer.Garbage ? bytes32(type(uint256).max) : bytes32(IERC1271.isValidSignature.selector);
        uint256 length = answer == Answer.Garbage ? 1_000 : answer == Answer.TooShort ? 31 : 0;
        // assembly: Solidity answers whole words of the declared type only.
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, length)
        }
    }
}
