"""Every error that the system raises on purpose.

TokenPointsError
├── InvalidInput              the request cannot be meant like this
│   ├── AmountOutOfRange
│   ├── DuplicateReferences
│   ├── FaultyReceipts        some receipts of a call cannot be meant like this
│   ├── InvalidCursor
│   ├── InvalidDestination    a URL to which no webhook is ever sent
│   ├── SignInMalformed       not a message of EIP-4361
│   └── StatementTooLong
├── NotFound
│   ├── UnknownProgram
│   ├── UnknownMember
│   ├── UnknownReceipt
│   ├── UnknownAdjustment
│   ├── UnknownAward
│   ├── UnknownBlock
│   ├── UnknownWebhook
│   ├── UnknownMessage
│   ├── UnknownOperation
│   ├── UnknownAgreement      no program of this deployment has signed it
│   ├── UnknownKey
│   ├── UnknownVoucher
│   ├── UnknownErasure
│   ├── UnknownAction
│   ├── UnknownCharity
│   └── NotReconciled
├── SignInRefused
│   ├── SignInWrongDomain
│   ├── SignInWrongChain
│   ├── SignInExpired         or not good yet
│   ├── SignInNonceUnknown    used, expired, or never given out
│   ├── SignInNoMember        whoever signed is no member
│   ├── SignatureInvalid
│   └── SignatureMalleable    the second form of a signature
├── SignatureRefused          what a member signed is not what is asked for
│   ├── SignatureRequired     the account is claimed, and only its member's signature moves anything
│   ├── SignatureWrongChain
│   ├── SignatureWrongDomain
│   ├── SignatureMismatch     it is for something else
│   ├── SignatureNonceUsed
│   └── SignatureExpired
├── StepUpRequired            a plain token is not enough for so many points
├── Forbidden                 the key may not do this
│   ├── ScopeMissing
│   ├── ScopeExceeded         a key cannot hand out what it cannot do
│   ├── WrongStore
│   ├── AwardToSelf
│   ├── SecondApproverNeeded  nobody approves an adjustment of their own
│   └── KeyLimitExceeded      more than the key may record at once or on one day
├── Conflict
│   ├── AwardNotDead          only an award that is set aside can be retried
│   ├── ReferenceConflict     same reference, another receipt
│   ├── AlreadyCounted        what counts once, under another reference
│   ├── NotRefundable
│   ├── AdjustmentNotPending  decided before, or expired
│   ├── AwardNotOnChain       there is nothing to prove yet
│   ├── TooManyWebhooks
│   ├── AwardsUnderWay        they are not settled on the chain yet
│   ├── MemberLeaving         the member is being erased
│   ├── AlreadyMerged         with somebody else
│   ├── TooManyMerged
│   ├── ErasureUndecided      the program has not said what becomes of the points
│   ├── OperationRefused      the contracts would refuse it
│   ├── OperationUnderWay     it is on its way to the chain, or there
│   ├── ActionRefused         the contracts would refuse what a member wants
│   ├── AccountIsClaimed      nobody but the member acts for the account
│   └── ProgramExists
│   ├── TooManyKeys
│   └── KeyNotActive          a key that has ended or was replaced cannot be rotated
├── ConfigurationError        the set-up is wrong; starting again will not help
│   ├── DeploymentError
│   ├── SignerError
│   └── AnotherChain          the node is of another chain than before
├── SignerUnavailable         the signing service does not answer; may pass
├── DatabaseBusy              the database does not answer or is busy; may pass
│   └── WriteConflict         another session got in the way; acting again finds what it wrote
├── LeaseLost                 another process does this work now
├── NoOperator                no process has said that it holds a key of the role; may pass
├── ProofUnavailable          the node or the database cannot prove it
├── ProofRefused              a proof that does not hold
├── NotDelivered              the receiver did not accept a message; may pass
│   └── ForbiddenAddress      the receiver's host has an address that is not public
├── RuleNotIndexed            the rule's terms are not read from the chain yet; may pass
├── GatewayError              what a client of the gateway meets
│   ├── GatewayUnreachable    no usable answer; may pass
│   ├── GatewayRefused        the gateway answered with a problem
│   └── StillUnderWay         what was waited for is not settled
├── ImportFailed              a purchase file cannot be imported
│   ├── UnreadableFile
│   └── UnclearMapping        columns are missing, or it is not clear which is which
└── ChainError
    ├── ChainUnavailable      no answer; may pass
    │   └── ChainTimedOut     none in time
    ├── CheckpointMoved       another indexer was faster
    └── ChainRefused          the node answered with an error
        └── AnswerTooLarge    asked for more than the node gives at once

`code` is stable and appears in the API. `retryable` says whether the same call may succeed later.
"""

from __future__ import annotations

from tokenpoints.errors.base import TokenPointsError
from tokenpoints.errors.calling import (
    GatewayError,
    GatewayRefused,
    GatewayUnreachable,
    ImportFailed,
    StillUnderWay,
    UnclearMapping,
    UnreadableFile,
)
from tokenpoints.errors.chain import (
    AnswerTooLarge,
    ChainError,
    ChainRefused,
    ChainTimedOut,
    ChainUnavailable,
    CheckpointMoved,
)
from tokenpoints.errors.conflicts import (
    AccountIsClaimed,
    ActionRefused,
    AdjustmentNotPending,
    AlreadyCounted,
    AlreadyMerged,
    AwardNotDead,
    AwardNotOnChain,
    AwardsUnderWay,
    Conflict,
    ErasureUndecided,
    KeyNotActive,
    MemberLeaving,
    NotRefundable,
    OperationRefused,
    OperationUnderWay,
    ProgramExists,
    ReferenceConflict,
    TooManyKeys,
    TooManyMerged,
    TooManyWebhooks,
)
from tokenpoints.errors.invalid import (
    AmountOutOfRange,
    DuplicateReferences,
    FaultyReceipts,
    InvalidCursor,
    InvalidDestination,
    InvalidInput,
    SignInMalformed,
    StatementTooLong,
)
from tokenpoints.errors.refused import (
    AwardToSelf,
    Forbidden,
    KeyLimitExceeded,
    ScopeExceeded,
    ScopeMissing,
    SecondApproverNeeded,
    SignatureExpired,
    SignatureInvalid,
    SignatureMalleable,
    SignatureMismatch,
    SignatureNonceUsed,
    SignatureRefused,
    SignatureRequired,
    SignatureWrongChain,
    SignatureWrongDomain,
    SignInExpired,
    SignInNoMember,
    SignInNonceUnknown,
    SignInRefused,
    SignInWrongChain,
    SignInWrongDomain,
    StepUpRequired,
    WrongStore,
)
from tokenpoints.errors.running import (
    AnotherChain,
    ConfigurationError,
    DatabaseBusy,
    DeploymentError,
    ForbiddenAddress,
    LeaseLost,
    NoOperator,
    NotDelivered,
    ProofRefused,
    ProofUnavailable,
    RuleNotIndexed,
    SignerError,
    SignerUnavailable,
    WriteConflict,
)
from tokenpoints.errors.unknown import (
    NotFound,
    NotReconciled,
    UnknownAction,
    UnknownAdjustment,
    UnknownAgreement,
    UnknownAward,
    UnknownBlock,
    UnknownCharity,
    UnknownErasure,
    UnknownKey,
    UnknownMember,
    UnknownMessage,
    UnknownOperation,
    UnknownProgram,
    UnknownReceipt,
    UnknownVoucher,
    UnknownWebhook,
)

__all__ = [
    "AccountIsClaimed",
    "ActionRefused",
    "AdjustmentNotPending",
    "AlreadyCounted",
    "AlreadyMerged",
    "AmountOutOfRange",
    "AnotherChain",
    "AnswerTooLarge",
    "AwardNotDead",
    "AwardNotOnChain",
    "AwardToSelf",
    "AwardsUnderWay",
    "ChainError",
    "ChainRefused",
    "ChainTimedOut",
    "ChainUnavailable",
    "CheckpointMoved",
    "ConfigurationError",
    "Conflict",
    "DatabaseBusy",
    "DeploymentError",
    "DuplicateReferences",
    "ErasureUndecided",
    "FaultyReceipts",
    "Forbidden",
    "ForbiddenAddress",
    "GatewayError",
    "GatewayRefused",
    "GatewayUnreachable",
    "ImportFailed",
    "InvalidCursor",
    "InvalidDestination",
    "InvalidInput",
    "KeyLimitExceeded",
    "KeyNotActive",
    "LeaseLost",
    "MemberLeaving",
    "NoOperator",
    "NotDelivered",
    "NotFound",
    "NotReconciled",
    "NotRefundable",
    "OperationRefused",
    "OperationUnderWay",
    "ProgramExists",
    "ProofRefused",
    "ProofUnavailable",
    "ReferenceConflict",
    "RuleNotIndexed",
    "ScopeExceeded",
    "ScopeMissing",
    "SecondApproverNeeded",
    "SignInExpired",
    "SignInMalformed",
    "SignInNoMember",
    "SignInNonceUnknown",
    "SignInRefused",
    "SignInWrongChain",
    "SignInWrongDomain",
    "SignatureExpired",
    "SignatureInvalid",
    "SignatureMalleable",
    "SignatureMismatch",
    "SignatureNonceUsed",
    "SignatureRefused",
    "SignatureRequired",
    "SignatureWrongChain",
    "SignatureWrongDomain",
    "SignerError",
    "SignerUnavailable",
    "StatementTooLong",
    "StepUpRequired",
    "StillUnderWay",
    "TokenPointsError",
    "TooManyKeys",
    "TooManyMerged",
    "TooManyWebhooks",
    "UnclearMapping",
    "UnknownAction",
    "UnknownAdjustment",
    "UnknownAgreement",
    "UnknownAward",
    "UnknownBlock",
    "UnknownCharity",
    "UnknownErasure",
    "UnknownKey",
    "UnknownMember",
    "UnknownMessage",
    "UnknownOperation",
    "UnknownProgram",
    "UnknownReceipt",
    "UnknownVoucher",
    "UnknownWebhook",
    "UnreadableFile",
    "WriteConflict",
    "WrongStore",
]
