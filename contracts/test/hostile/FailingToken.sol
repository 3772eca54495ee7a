// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Moves nothing once it is told how to fail.
contract FailingToken is ERC20("Failing", "FAIL") {
    enum Failure {
        None,
        AnswersFalse,
        Reverts
    }

    error Stuck();

    Failure public failure;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function fail(Failure failure_) external {
        failure = failure_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return _moves() && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return _moves() && super.transferFrom(from, to, amount);
    }

    function _moves() private view returns (bool) {
        if (failure == Failure.Reverts) revert Stuck();
        return failure == Failure.None;
    }
}
