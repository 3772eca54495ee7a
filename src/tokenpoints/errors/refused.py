"""Whoever asks may not do it."""

from __future__ import annotations

from collections.abc import Sequence

from tokenpoints.errors.base import TokenPointsError


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
