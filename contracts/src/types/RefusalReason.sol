// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Why an entry of a batch minted nothing. Of several reasons the first one listed here is given.
enum RefusalReason {
    None,
    ZeroAccount, // the account is the zero address
    NoPoints, // the units are worth less than one point
    RuleClosed, // the block is outside the rule's window
    BudgetExceeded, // more than the rule's budget has left
    SupplyExceeded // more than the token can still issue, ever
}
