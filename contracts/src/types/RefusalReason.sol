// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Why an entry of a batch minted nothing. Of several reasons the first one listed here is given; of the issuer's cap and the
/// rule's budget, the one that has less left.
enum RefusalReason {
    None,
    ZeroAccount, // the account is the zero address
    NoPoints, // the units are worth less than one point
    RuleClosed, // the receipt occurred outside the rule's window, or after the program announced its end
    TooLongAgo, // the receipt occurred longer ago than the look-back reaches
    IssuerCapExceeded, // more than the issuer's cap has left
    BudgetExceeded, // more than the rule's budget has left
    SupplyExceeded // more than the token can still issue, ever
}
