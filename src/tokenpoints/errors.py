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

from collections.abc import Mapping, Sequence
from typing import ClassVar


class TokenPointsError(Exception):
    """The base of them all."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False


class InvalidInput(TokenPointsError):
    """The request cannot be meant like this."""

    code = "invalid_input"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field


class AmountOutOfRange(InvalidInput):
    """An amount is below the least or above the most that the chain can carry."""

    code = "amount_out_of_range"


class DuplicateReferences(InvalidInput):
    """One bulk call names the same reference more than once."""

    code = "duplicate_references"

    def __init__(self, references: Sequence[str]) -> None:
        shown = ", ".join(references[:5])
        more = f" and {len(references) - 5} more" if len(references) > 5 else ""
        super().__init__(f"given more than once in this call: {shown}{more}", field="receipts")
        self.references = list(references)


class FaultyReceipts(InvalidInput):
    """Some receipts of a call cannot be meant like this. Nothing of the call is recorded."""

    def __init__(self, faults: Sequence[tuple[int, str, str]]) -> None:
        index, field, why = faults[0]
        more = f", and {len(faults) - 1} more faults" if len(faults) > 1 else ""
        super().__init__(f"receipt {index}: {field} {why}{more}")
        self.faults = list(faults)
        """(index in the call, field, what is wrong with it)."""


class InvalidCursor(InvalidInput):
    """The cursor is not one that this list gave out."""

    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__("the cursor is not one that this list gave out", field="cursor")


class InvalidDestination(InvalidInput):
    """A URL to which no webhook is ever sent."""

    code = "invalid_destination"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="/url")


class NotFound(TokenPointsError):
    """What was named does not exist."""

    code = "not_found"


class UnknownProgram(NotFound):
    """No program of that name is deployed."""

    code = "unknown_program"

    def __init__(self, program: str) -> None:
        super().__init__(f"no program is called {program!r}")
        self.program = program


class UnknownMember(NotFound):
    """The program has no such member."""

    code = "unknown_member"

    def __init__(self, members: Sequence[str]) -> None:
        shown = ", ".join(repr(member) for member in members[:5])
        more = f" and {len(members) - 5} more" if len(members) > 5 else ""
        super().__init__(f"not a member of this program: {shown}{more}")
        self.members = list(members)


class UnknownReceipt(NotFound):
    """The program has no such receipt."""

    code = "unknown_receipt"

    def __init__(self, receipt: str) -> None:
        super().__init__(f"no receipt {receipt!r} in this program")


class UnknownAdjustment(NotFound):
    """The program has no such adjustment."""

    code = "unknown_adjustment"

    def __init__(self, adjustment: str) -> None:
        super().__init__(f"no adjustment {adjustment!r}")


class UnknownAward(NotFound):
    """The program has no such award."""

    code = "unknown_award"

    def __init__(self, award: str) -> None:
        super().__init__(f"no award {award!r} in this program")


class UnknownBlock(NotFound):
    """The chain has no block of that number."""

    code = "unknown_block"

    def __init__(self, number: int) -> None:
        super().__init__(f"the chain has no block {number}")


class UnknownWebhook(NotFound):
    """The program has no such webhook."""

    code = "unknown_webhook"

    def __init__(self, webhook: str) -> None:
        super().__init__(f"no webhook {webhook!r} in this program")


class UnknownMessage(NotFound):
    """The webhook has no such message, or no longer."""

    code = "unknown_message"

    def __init__(self, message: str) -> None:
        super().__init__(f"no message {message!r} of this webhook")


class UnknownOperation(NotFound):
    """The program has no such operation."""

    code = "unknown_operation"

    def __init__(self, operation: str) -> None:
        super().__init__(f"no operation {operation!r} in this program")


class UnknownAgreement(NotFound):
    """The other side has signed no such agreement."""

    code = "unknown_agreement"

    def __init__(self, agreement: str) -> None:
        super().__init__(f"the other side has signed no agreement {agreement}")


class NotReconciled(NotFound):
    """The program was not compared with the chain yet."""

    code = "not_reconciled"

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} was not compared with the chain yet")


class UnknownKey(NotFound):
    """The program has no such API key."""

    code = "unknown_key"

    def __init__(self, key: str) -> None:
        super().__init__(f"no API key of this program is called {key!r}")
        self.key = key


class UnknownErasure(NotFound):
    """The program has no such erasure."""

    code = "unknown_erasure"

    def __init__(self, erasure: str) -> None:
        super().__init__(f"no erasure {erasure!r}")


class UnknownVoucher(NotFound):
    """The member holds no such voucher."""

    code = "unknown_voucher"

    def __init__(self, voucher: int) -> None:
        super().__init__(f"the member holds no voucher {voucher}")
        self.voucher = voucher


class UnknownAction(NotFound):
    """The member has no such action."""

    code = "unknown_action"

    def __init__(self, action_id: str) -> None:
        super().__init__(f"no action {action_id!r}")
        self.action_id = action_id


class UnknownCharity(NotFound):
    """The program lists no such account."""

    code = "unknown_charity"

    def __init__(self) -> None:
        super().__init__("the program lists no charity with this account")


class SignInMalformed(InvalidInput):
    """What was signed is not a message of EIP-4361."""

    code = "sign_in_malformed"

    def __init__(self, why: str) -> None:
        super().__init__(why, field="/message")


class StatementTooLong(InvalidInput):
    """A statement would have more lines than one can have."""

    code = "statement_too_long"

    def __init__(self, most: int) -> None:
        super().__init__(f"a statement has at most {most} lines: ask for a shorter period", field="from")
        self.most = most


class SignInRefused(TokenPointsError):
    """Nobody is signed in."""

    code = "forbidden"


class SignInWrongDomain(SignInRefused):
    """The message was signed for another place."""

    code = "sign_in_wrong_domain"


class SignInWrongChain(SignInRefused):
    """The message names another chain."""

    code = "sign_in_wrong_chain"

    def __init__(self, *, given: int, own: int) -> None:
        super().__init__(f"the message is for chain {given}, and this is chain {own}")
        self.given, self.own = given, own


class SignInExpired(SignInRefused):
    """The message is too old, has expired or is not good yet."""

    code = "sign_in_expired"


class SignInNonceUnknown(SignInRefused):
    """The nonce was used, has expired or was never given out for this program."""

    code = "sign_in_nonce_unknown"

    def __init__(self) -> None:
        super().__init__("the message's nonce was used, has expired or is none of this program")


class SignInNoMember(SignInRefused):
    """The account is no member's, or whoever signed is not the one who claimed it."""

    code = "sign_in_no_member"

    def __init__(self) -> None:
        super().__init__("the account is no member's of this program, or another key's than the message names")


class SignatureInvalid(SignInRefused):
    """The address in the message did not sign it."""

    code = "signature_invalid"

    def __init__(self) -> None:
        super().__init__("the signature is not by the message's address")


class SignatureMalleable(SignInRefused):
    """A key's signature in its second form (high s), which anyone can make of the first."""

    code = "signature_malleable"

    def __init__(self) -> None:
        super().__init__("the signature's s is in the upper half")


class SignatureRefused(TokenPointsError):
    """What a member signed is not what is asked for."""

    code = "forbidden"


class SignatureRequired(SignatureRefused):
    """The account is claimed: the member signs each action."""

    code = "signature_required"

    def __init__(self) -> None:
        super().__init__("the account is claimed: sign `to_sign` of a dry run, and send it as `signed`")


class SignatureWrongChain(SignatureRefused):
    """The data that was signed is for another chain."""

    code = "signature_wrong_chain"

    def __init__(self, expected: int) -> None:
        super().__init__(f"the chain here is {expected}")


class SignatureWrongDomain(SignatureRefused):
    """The data that was signed is for another contract."""

    code = "signature_wrong_domain"

    def __init__(self, field: str) -> None:
        super().__init__(f"another {field} than the account's")


class SignatureMismatch(SignatureRefused):
    """The data that was signed says something else than what is asked for."""

    code = "signature_mismatch"

    def __init__(self, field: str) -> None:
        super().__init__(f"another {field} than what is asked for")


class SignatureNonceUsed(SignatureRefused):
    """The nonce that was signed is not the account's next."""

    code = "signature_nonce_used"

    def __init__(self, expected: int) -> None:
        super().__init__(f"the next is {expected}")
        self.expected = expected


class SignatureExpired(SignatureRefused):
    """The deadline that was signed is over."""

    code = "signature_expired"

    def __init__(self) -> None:
        super().__init__("the deadline is over")


class StepUpRequired(TokenPointsError):
    """More than the member's plain token may move."""

    code = "step_up_required"

    def __init__(self, kind: str, points: int, *, was_used: bool = False) -> None:
        used = "the step-up of this token was used; " if was_used else ""
        super().__init__(f'{used}ask for a token with step_up={{"kind": "{kind}", "points": "{points}"}}')
        self.kind, self.points = kind, points


class Forbidden(TokenPointsError):
    """The API key may not do this."""

    code = "forbidden"


class ScopeMissing(Forbidden):
    """The API key lacks the operation's scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"the API key lacks the scope {scope}")
        self.scope = scope


class ScopeExceeded(Forbidden):
    """An API key would hand out what it cannot do itself."""

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(f"the API key cannot hand out scopes that it lacks: {', '.join(scopes)}")
        self.scopes = list(scopes)


class WrongStore(Forbidden):
    """A receipt is of another store than the API key."""

    code = "wrong_store"

    def __init__(self, *, own: str) -> None:
        super().__init__(f"the API key records receipts of the store {own!r} only")
        self.own = own


class AwardToSelf(Forbidden):
    """A receipt of a cashier is by the cashier."""

    code = "award_to_self"

    def __init__(self, member: str) -> None:
        super().__init__(f"the API key is the cashier's who is {member}, and awards nothing to them")
        self.member = member


class KeyLimitExceeded(Forbidden):
    """The receipts are more than the API key may record. None of the call is recorded."""

    code = "key_limit_exceeded"

    def __init__(self, name: str, *, limit: int, reached: int) -> None:
        super().__init__(f"the API key's limit {name} is {limit}, and this would make it {reached}")
        self.name, self.limit, self.reached = name, limit, reached


class SecondApproverNeeded(Forbidden):
    """Who asked for an adjustment cannot approve it, and neither can a key that replaced theirs."""

    code = "second_approver_needed"

    def __init__(self) -> None:
        super().__init__("another API key than the one that asked for it has to decide")


class Conflict(TokenPointsError):
    """What is asked contradicts what is recorded."""

    code = "conflict"


class AwardNotDead(Conflict):
    """An award is not set aside, so there is nothing to retry."""

    code = "award_not_dead"

    def __init__(self, award: str) -> None:
        super().__init__(f"award {award!r} is not set aside")


class ReferenceConflict(Conflict):
    """A reference was used before, for a receipt with another body."""

    code = "reference_conflict"

    def __init__(self, references: Sequence[str]) -> None:
        shown = ", ".join(references[:5])
        more = f" and {len(references) - 5} more" if len(references) > 5 else ""
        super().__init__(f"already recorded with another body: {shown}{more}")
        self.references = list(references)


class AlreadyCounted(Conflict):
    """What counts once was recorded under another reference."""

    code = "already_counted"

    def __init__(self, references: Mapping[str, str]) -> None:
        (reference, earlier), *others = references.items()
        more = f", and {len(others)} more" if others else ""
        super().__init__(f"{reference}: recorded as {earlier} before{more}")
        self.references = dict(references)
        """Those that were sent, with those that they were recorded under."""


class NotRefundable(Conflict):
    """Of this receipt nothing can be given back, or not as much."""

    code = "not_refundable"


class AdjustmentNotPending(Conflict):
    """An adjustment was decided before, or has expired."""

    code = "adjustment_not_pending"

    def __init__(self, adjustment: str, state: str) -> None:
        super().__init__(f"adjustment {adjustment!r} is {state}")


class DatabaseBusy(TokenPointsError):
    """The database does not answer, or not in time. The same call may succeed later."""

    code = "database_unavailable"
    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(f"the database does not answer or is busy: {reason}")
        self.reason = reason


class WriteConflict(DatabaseBusy):
    """Two sessions got into each other's way, and this one was undone. Act again at once."""


class LeaseLost(TokenPointsError):
    """The lease was taken over: whatever its holder did in this session is undone."""

    code = "lease_lost"

    def __init__(self, name: str, token: int) -> None:
        super().__init__(f"the lease {name} is no longer held under token {token}")
        self.name, self.token = name, token


class AwardNotOnChain(Conflict):
    """There is nothing to prove of an award before a block holds it."""

    code = "award_not_on_chain"

    def __init__(self, award: str) -> None:
        super().__init__(f"award {award!r} is in no block yet")


class TooManyKeys(Conflict):
    """The program has as many working API keys as it can have."""

    code = "too_many_keys"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} API keys work already")
        self.count = count


class KeyNotActive(Conflict):
    """An API key that has ended or was replaced cannot be rotated."""

    code = "key_not_active"

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} has ended or was replaced before")
        self.key = key


class TooManyWebhooks(Conflict):
    """A program has as many webhooks as it can have."""

    code = "too_many_webhooks"

    def __init__(self, count: int) -> None:
        super().__init__(f"the program has {count} webhooks already")


class AwardsUnderWay(Conflict):
    """Awards of the member are not settled: they wait, or are in a block that can still be undone."""

    code = "awards_under_way"

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} awards of the member are not settled on the chain yet")
        self.count = count


class MemberLeaving(Conflict):
    """The member is being erased."""

    code = "member_leaving"

    def __init__(self, members: Sequence[str]) -> None:
        super().__init__(f"being erased: {', '.join(members[:5])}")
        self.members = list(members)


class AlreadyMerged(Conflict):
    """The member was merged with somebody else."""

    code = "already_merged"

    def __init__(self, member: str) -> None:
        super().__init__(f"the member became {member}")
        self.member = member


class TooManyMerged(Conflict):
    """As many members as possible became one already."""

    code = "too_many_merged"

    def __init__(self, most: int) -> None:
        super().__init__(f"no more than {most} members can become one")


class ErasureUndecided(Conflict):
    """The program has not said what becomes of the points of whoever is erased."""

    code = "erasure_undecided"

    def __init__(self, points: int) -> None:
        super().__init__(f"the member has {points} points (base units): first PUT the program's erasure policy")
        self.points = points


class OperationRefused(Conflict):
    """The contracts would refuse the operation as things stand. Nothing was recorded."""

    code = "operation_refused"

    def __init__(self, call: str, reason: str) -> None:
        super().__init__(f"{call} would be refused: {reason}")
        self.call, self.reason = call, reason


class OperationUnderWay(Conflict):
    """An operation can be cancelled before it is signed, and while its delay is running."""

    code = "operation_under_way"

    def __init__(self, operation: str, state: str) -> None:
        super().__init__(f"operation {operation!r} is {state}, which is too late to cancel it")


class ActionRefused(Conflict):
    """The contracts would refuse what a member wants, as things stand."""

    code = "action_refused"

    def __init__(self, reason: str, error: str) -> None:
        super().__init__(error)
        self.reason = reason


class AccountIsClaimed(Conflict):
    """The member has claimed the account: the brand does nothing in their name any more."""

    code = "account_is_claimed"

    def __init__(self) -> None:
        super().__init__("the member has claimed the account with a key of their own")


class ProgramExists(Conflict):
    """A program of that name is deployed, or is being created."""

    code = "program_exists"

    def __init__(self, program: str) -> None:
        super().__init__(f"there is a program called {program!r}")


class NoOperator(TokenPointsError):
    """No operator has said that it holds a key of the role."""

    code = "no_operator"
    retryable = True

    def __init__(self, program: str, role: str) -> None:
        super().__init__(f"no operator process holds a key of the {role} of {program}")
        self.program, self.role = program, role


class ProofUnavailable(TokenPointsError):
    """The node does not prove the state of that block, or the database lacks a batch's receipts."""

    code = "proof_unavailable"


class ProofRefused(TokenPointsError):
    """A proof does not hold."""

    code = "proof_refused"


class NotDelivered(TokenPointsError):
    """The receiver did not accept the message. The same message may be accepted later."""

    code = "not_delivered"
    retryable = True

    def __init__(self, detail: str, *, status: int | None = None, retry_after_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.retry_after_seconds = status, retry_after_seconds


class ForbiddenAddress(NotDelivered):
    """The host has an address that is not public. It may have another one at the next attempt."""


class RuleNotIndexed(TokenPointsError):
    """What a receipt earns is not known before the indexer has read the rule from the chain."""

    code = "rule_not_indexed"
    retryable = True

    def __init__(self, rule_id: int) -> None:
        super().__init__(f"rule {rule_id} is not read from the chain yet")
        self.rule_id = rule_id


class GatewayError(TokenPointsError):
    """What a client of the gateway meets."""

    code = "gateway_error"


class GatewayUnreachable(GatewayError):
    """The gateway gave no usable answer for as long as the client was told to try."""

    code = "gateway_unreachable"
    retryable = True


class GatewayRefused(GatewayError):
    """The gateway answered with a problem (RFC 9457)."""

    code = "gateway_refused"

    def __init__(self, status: int, problem_code: str, detail: str, faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{detail} ({status} {problem_code})")
        self.status, self.problem_code, self.detail = status, problem_code, detail
        self.faults = list(faults)
        """(JSON pointer into what was sent, what is wrong there); the gateway lists the first hundred."""


class StillUnderWay(GatewayError):
    """What a client was told to wait for is not settled."""

    code = "still_under_way"
    retryable = True


class ImportFailed(TokenPointsError):
    """A purchase file cannot be imported, or not to its end."""

    code = "import_failed"


class UnreadableFile(ImportFailed):
    """The file is missing, cut short, or not what its name says."""

    code = "unreadable_file"


class UnclearMapping(ImportFailed):
    """Columns are missing, or it is not clear which is which."""

    code = "unclear_mapping"


class ConfigurationError(TokenPointsError):
    """The set-up is wrong; starting again will not help."""

    code = "configuration_error"


class DeploymentError(ConfigurationError):
    """The contracts are not where the deployment file says, or there is no such file."""

    code = "deployment_error"


class SignerError(ConfigurationError):
    """No key, one that must not be used on this chain, or a signature that is not the key's."""

    code = "signer_error"


class SignerUnavailable(TokenPointsError):
    """The service that holds a key does not answer, or not now."""

    code = "signer_unavailable"
    retryable = True


class AnotherChain(ConfigurationError):
    """The node answers for another chain than the one that is set."""

    code = "another_chain"

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(f"the node is now of chain {found}, not {expected} (TOKENPOINTS_CHAIN_ID)")
        self.expected, self.found = expected, found


class ChainError(TokenPointsError):
    """The node did not do what was asked."""

    code = "chain_error"


class ChainUnavailable(ChainError):
    """The node gave no usable answer."""

    code = "chain_unavailable"
    retryable = True


class CheckpointMoved(ChainError):
    """Another indexer has moved the checkpoint since this one looked."""

    code = "checkpoint_moved"
    retryable = True

    def __init__(self) -> None:
        super().__init__("another indexer has moved the checkpoint")


class ChainTimedOut(ChainUnavailable):
    """The node did not answer in time."""

    code = "chain_timed_out"


class ChainRefused(ChainError):
    """The node answered with a JSON-RPC error."""

    code = "chain_refused"

    def __init__(self, method: str, rpc_code: int, detail: str, data: str | None = None) -> None:
        super().__init__(f"{method}: {detail} ({rpc_code})")
        self.method, self.rpc_code, self.detail, self.data = method, rpc_code, detail, data


class AnswerTooLarge(ChainRefused):
    """More was asked for than the node, or this side, takes in one answer. Ask for less."""

    code = "answer_too_large"
    retryable = True
