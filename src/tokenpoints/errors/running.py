"""The set-up, and what the processes depend on."""

from __future__ import annotations

from tokenpoints.errors.base import TokenPointsError


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
