"""What a caller named is not there."""

from __future__ import annotations

from collections.abc import Sequence

from tokenpoints.errors.base import TokenPointsError


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
