# Made by scripts/generate_client.py out of the gateway's OpenAPI document: `make client` makes it again.
"""Everything that can be asked of the gateway, for asyncio."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Literal

from tokenpoints.client import models
from tokenpoints.client.calls import Answer, Call, Fields, part
from tokenpoints.client.paging import every_awaited


class AsyncOperations(ABC):
    """One method for each operation. Each raises GatewayRefused and GatewayUnreachable.

    Under an `idempotency_key` a write happens once; by default each call makes its own.
    """

    @abstractmethod
    async def ask(self, call: Call[Answer]) -> Answer:
        """Make any call, until it is answered."""

    async def list_programs(self) -> models.ProgramsAnswer:
        """The programs that the key is for: its own, or all that are deployed on this chain."""
        return await self.ask(Call("GET", "/v1/programs", models.ProgramsAnswer))

    async def create_program(
        self, body: models.ProgramToCreate | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Create a program: its contracts, its first rules, and its keys. Once it is confirmed, every process serves
        it.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/programs",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def get_program(self, program: str) -> models.ProgramAnswer:
        """A program, its contracts, and the terms of its rules: those in force and those announced."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}", models.ProgramAnswer))

    async def get_program_creation(self, operation: str) -> models.OperationAnswer:
        """How far the creation of a program is, also before the program is served."""
        return await self.ask(Call("GET", f"/v1/program-creations/{part(operation)}", models.OperationAnswer))

    async def set_rule(
        self,
        program: str,
        rule: int,
        body: models.RuleToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Set a rule, or its next version: at once if it is worse for members in nothing, else after the notice
        period.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/rules/{part(rule)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def cancel_rule_change(
        self, program: str, rule: int, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Take back a version that is announced and not yet in force.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/rules/{part(rule)}/announcement",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def list_rule_versions(self, program: str, rule: int) -> models.RuleVersionsAnswer:
        """Every version of a rule that was read from the chain and not cancelled; none of a rule that there is not."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/rules/{part(rule)}/versions", models.RuleVersionsAnswer)
        )

    async def add_reward(
        self,
        program: str,
        body: models.RewardToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Add a reward to the catalogue.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/rewards",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_rewards(self, program: str, *, cursor: str | None = None, limit: int = 50) -> models.RewardsAnswer:
        """The catalogue, as the contract has it now.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/rewards",
                models.RewardsAnswer,
                query={"cursor": cursor, "limit": limit},
            )
        )

    def iterate_rewards(self, program: str, *, limit: int = 50) -> AsyncIterator[models.RewardAnswer]:
        """All that `list_rewards` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_rewards(program, cursor=cursor, limit=limit), lambda page: page.rewards
        )

    async def change_reward(
        self,
        program: str,
        reward: int,
        body: models.RewardToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Set the next version of a reward. The contract refuses one that is worse for members in anything.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/rewards/{part(reward)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def close_reward(
        self, program: str, reward: int, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Close a reward as soon as the notice period allows.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/rewards/{part(reward)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def set_partner(
        self, program: str, account: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Make an account a partner's, with which points may be exchanged under any policy.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/partners/{part(account)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def remove_partner(
        self, program: str, account: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Make an account no longer a partner's. Takes no notice.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/partners/{part(account)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def open_transfers(
        self,
        program: str,
        body: models.PolicyToOpen | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Allow transfers that were not allowed. There is no way back.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/transfer-policy",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def set_metadata(
        self,
        program: str,
        of: models.Metadata,
        body: models.MetadataToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Say where metadata is.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/metadata/{part(of)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def propose_agreement(
        self,
        program: str,
        body: models.AgreementToSign | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Sign an agreement. It is in force once the other side has signed the very same.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/agreements",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_agreements(
        self, program: str, *, cursor: str | None = None, limit: int = 50
    ) -> models.AgreementsAnswer:
        """Agreements that were signed here, and those that programs of this gateway propose. Others are found by id
        and `counterpart`.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements",
                models.AgreementsAnswer,
                query={"cursor": cursor, "limit": limit},
            )
        )

    def iterate_agreements(self, program: str, *, limit: int = 50) -> AsyncIterator[models.AgreementAnswer]:
        """All that `list_agreements` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_agreements(program, cursor=cursor, limit=limit), lambda page: page.agreements
        )

    async def accept_agreement(
        self,
        program: str,
        agreement: str,
        body: models.AgreementToAccept | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Sign what the other side has signed.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/accept",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def terminate_agreement(
        self, program: str, agreement: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """End an agreement after the notice period; at once if the other side has not signed it.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def get_agreement(
        self, program: str, agreement: str, *, counterpart: str | None = None
    ) -> models.AgreementAnswer:
        """One agreement, as both sides have it now.

        `counterpart`: The other program's PartnerExchange, where this gateway does not serve that program.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}",
                models.AgreementAnswer,
                query={"counterpart": counterpart},
            )
        )

    async def withdraw_escrow(
        self,
        program: str,
        agreement: str,
        body: models.EscrowToWithdraw | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Take out of the escrow what no conversion has used.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/withdraw",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_partners(self, program: str, *, cursor: str | None = None, limit: int = 20) -> models.PartnersAnswer:
        """Programs of the same registry, which is all with which agreements can be made, and the rates that they
        signed.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/partners",
                models.PartnersAnswer,
                query={"cursor": cursor, "limit": limit},
            )
        )

    def iterate_partners(self, program: str, *, limit: int = 20) -> AsyncIterator[models.PartnerAnswer]:
        """All that `list_partners` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_partners(program, cursor=cursor, limit=limit), lambda page: page.partners
        )

    async def get_quote(self, program: str, agreement: str, *, points: str | int) -> models.QuoteAnswer:
        """What a conversion of so many points would burn, mint and settle now, and how it is rounded.

        `points`: Of the program whose points are burned.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/quote",
                models.QuoteAnswer,
                query={"points": points},
            )
        )

    async def get_settlement(self, program: str, agreement: str) -> models.SettlementAnswer:
        """Where everything with this partner stands, both ways: burned, minted, settled, owed, collected, free
        escrow.
        """
        return await self.ask(
            Call(
                "GET", f"/v1/programs/{part(program)}/agreements/{part(agreement)}/settlement", models.SettlementAnswer
            )
        )

    async def deposit_escrow(
        self,
        program: str,
        agreement: str,
        body: models.EscrowToDeposit | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Top the escrow up, with settlement tokens that the operator's key holds: it approves them, then deposits.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/deposits",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def collect_settlement(
        self, program: str, agreement: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Have the beneficiary paid all that the source owes to it in the settlement token. Either side can.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/settlement/collect",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def get_agreement_statement(
        self, program: str, agreement: str, *, month: str
    ) -> models.AgreementStatementAnswer:
        """A month of an agreement: every log with its transaction, and positions that add up to the contract's own.

        `month`: In UTC. This month's statement is that of its blocks so far.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/statement.json",
                models.AgreementStatementAnswer,
                query={"month": month},
            )
        )

    async def get_agreement_statement_csv(self, program: str, agreement: str, *, month: str) -> str:
        """The same for a spreadsheet. At most 10,000 lines.

        `month`: In UTC. This month's statement is that of its blocks so far.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/statement.csv",
                str,
                query={"month": month},
            )
        )

    async def get_agreement_statement_pdf(self, program: str, agreement: str, *, month: str) -> bytes:
        """The same on paper, in the language of `Accept-Language`. At most 1,000 lines.

        `month`: In UTC. This month's statement is that of its blocks so far.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/agreements/{part(agreement)}/statement.pdf",
                bytes,
                query={"month": month},
            )
        )

    async def freeze(
        self,
        program: str,
        account: str,
        body: models.AccountToFreeze | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Stop an account from spending, at once; it still receives, and its points still expire.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/accounts/{part(account)}/freeze",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def unfreeze(
        self, program: str, account: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Let a frozen account go on, at once.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/accounts/{part(account)}/unfreeze",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def pause(
        self, program: str, body: models.Pausing | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Stop whatever moves, mints or burns points, at once.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/pause",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def unpause(
        self, program: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Let points move again, at once.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/unpause",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def set_issuer(
        self,
        program: str,
        issuer: str,
        body: models.IssuerToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Let a key mint, up to a cap in any day.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/issuers/{part(issuer)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def revoke_issuer(
        self, program: str, issuer: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Stop a key from minting.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/issuers/{part(issuer)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def grant_role(
        self,
        program: str,
        role: models.GrantedRole,
        address: str,
        body: models.RoleToGrant | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Give a role to a key, with the delay of what it does.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/roles/{part(role)}/{part(address)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def revoke_role(
        self,
        program: str,
        role: models.GrantedRole,
        address: str,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Take a role from a key.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/roles/{part(role)}/{part(address)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def set_notice_period(
        self,
        program: str,
        body: models.NoticePeriodToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.OperationAnswer:
        """Change how long what is worse for members is announced.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/notice-period",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def announce_end(
        self, program: str, body: models.WindDown | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Announce the end of the program. Earning ends at once; redeeming and converting go on until the end.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/wind-down",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def cancel_end(
        self, program: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Take back the announced end, before it has come.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/wind-down",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def list_operations(
        self,
        program: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: models.Kind | None = None,
    ) -> models.OperationsAnswer:
        """Operations, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/operations",
                models.OperationsAnswer,
                query={"cursor": cursor, "limit": limit, "state": state, "kind": kind},
            )
        )

    def iterate_operations(
        self,
        program: str,
        *,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: models.Kind | None = None,
    ) -> AsyncIterator[models.OperationAnswer]:
        """All that `list_operations` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_operations(program, cursor=cursor, limit=limit, state=state, kind=kind),
            lambda page: page.operations,
        )

    async def get_operation(self, program: str, operation: str) -> models.OperationAnswer:
        """One operation, and how far it is."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/operations/{part(operation)}", models.OperationAnswer)
        )

    async def cancel_operation(
        self, program: str, operation: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.OperationAnswer:
        """Keep an operation from being made: before it is signed, or while its role's delay is running.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/operations/{part(operation)}",
                models.OperationAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def get_reconciliation(self, program: str) -> models.ReconciliationAnswer:
        """The last comparison of every account, the supply, every rule and every batch with the chain."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/reconciliation", models.ReconciliationAnswer))

    async def enrol_member(
        self,
        program: str,
        body: models.MemberToEnrol | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.EnrolledAnswer:
        """Make a customer a member. Their account's address comes back; nothing goes to the chain yet.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members",
                models.EnrolledAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_members(
        self, program: str, *, cursor: str | None = None, limit: int = 50, customer_id: str | None = None
    ) -> models.MembersAnswer:
        """Members in the order of their enrolment, or the one with a customer id.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members",
                models.MembersAnswer,
                query={"cursor": cursor, "limit": limit, "customer_id": customer_id},
            )
        )

    def iterate_members(
        self, program: str, *, limit: int = 50, customer_id: str | None = None
    ) -> AsyncIterator[models.MemberAnswer]:
        """All that `list_members` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_members(program, cursor=cursor, limit=limit, customer_id=customer_id),
            lambda page: page.members,
        )

    async def enrol_members(
        self,
        program: str,
        body: models.MembersToEnrol | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.EnrolledMembersAnswer:
        """Make up to 10,000 customers members, all or none.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/bulk",
                models.EnrolledMembersAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def get_member(self, program: str, member: str) -> models.MemberDetailAnswer:
        """One member; of whoever was merged, the one that they became."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/members/{part(member)}", models.MemberDetailAnswer)
        )

    async def merge_member(
        self,
        program: str,
        member: str,
        body: models.MergeToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.MergeAnswer:
        """Make a member another one. Their customer id leads there from now on, and the custodian moves their
        points. Asked again, it moves what came later.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/merge",
                models.MergeAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def set_erasure_policy(
        self,
        program: str,
        body: models.ErasurePolicyToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ErasurePolicyAnswer:
        """Say what becomes of the points of whoever is erased from now on.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/erasure-policy",
                models.ErasurePolicyAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def get_erasure_policy(self, program: str) -> models.ErasurePolicyAnswer:
        """What becomes of the points of whoever is erased."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/erasure-policy", models.ErasurePolicyAnswer))

    async def erase_member(
        self, program: str, member: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ErasureAnswer:
        """Erase a person: customer id, salt, receipts and all that names them. The answer tells what stays, and why
        it leads to nobody.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/erasure",
                models.ErasureAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def get_erasure(self, program: str, erasure: str) -> models.ErasureStatusAnswer:
        """How far an erasure is. Once it is done, it does not say of whom."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/erasures/{part(erasure)}", models.ErasureStatusAnswer)
        )

    async def get_balance(self, program: str, member: str, *, at: str | None = None) -> models.BalanceAnswer:
        """A member's points, now or at a moment: live, on their way, and next to expire.

        `at`: Past, or to come; default: now.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/balance",
                models.BalanceAnswer,
                query={"at": at},
            )
        )

    async def list_entries(
        self,
        program: str,
        member: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        type: Sequence[models.EntryType] = (),
        from_: str | None = None,
        to: str | None = None,
        reference: str | None = None,
    ) -> models.EntriesAnswer:
        """The lines of a member's balance history, newest first.

        `cursor`: `next_cursor` of the page before.
        `type`: Can be repeated.
        `from_`: Recorded then or later.
        `to`: Recorded before.
        `reference`: Of the receipt.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/entries",
                models.EntriesAnswer,
                query={"cursor": cursor, "limit": limit, "type": type, "from": from_, "to": to, "reference": reference},
            )
        )

    def iterate_entries(
        self,
        program: str,
        member: str,
        *,
        limit: int = 50,
        type: Sequence[models.EntryType] = (),
        from_: str | None = None,
        to: str | None = None,
        reference: str | None = None,
    ) -> AsyncIterator[models.EntryAnswer]:
        """All that `list_entries` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_entries(
                program, member, cursor=cursor, limit=limit, type=type, from_=from_, to=to, reference=reference
            ),
            lambda page: page.entries,
        )

    async def get_expiries(self, program: str, member: str) -> models.ExpiriesAnswer:
        """Which points of a member end when."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/members/{part(member)}/expiries", models.ExpiriesAnswer)
        )

    async def get_tier(self, program: str, member: str) -> models.TierStatusAnswer:
        """A member's tier, until when it holds, and what is missing to the next."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/members/{part(member)}/tier", models.TierStatusAnswer)
        )

    async def list_vouchers(
        self, program: str, member: str, *, cursor: str | None = None, limit: int = 50
    ) -> models.VouchersAnswer:
        """What a member redeemed, newest first, as the chain has it now.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/vouchers",
                models.VouchersAnswer,
                query={"cursor": cursor, "limit": limit},
            )
        )

    def iterate_vouchers(self, program: str, member: str, *, limit: int = 50) -> AsyncIterator[models.VoucherAnswer]:
        """All that `list_vouchers` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_vouchers(program, member, cursor=cursor, limit=limit), lambda page: page.vouchers
        )

    async def get_statement_csv(
        self, program: str, member: str, *, from_: str | None = None, to: str | None = None
    ) -> str:
        """What changed a member's balance in a period, for a spreadsheet. At most 10,000 lines.

        `from_`: Default: the beginning of the calendar.
        `to`: Not included. Default: now.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/statement.csv",
                str,
                query={"from": from_, "to": to},
            )
        )

    async def get_statement_pdf(
        self, program: str, member: str, *, from_: str | None = None, to: str | None = None
    ) -> bytes:
        """The same on paper, in the language of `Accept-Language`. At most 1,000 lines.

        `from_`: Default: the beginning of the calendar.
        `to`: Not included. Default: now.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/statement.pdf",
                bytes,
                query={"from": from_, "to": to},
            )
        )

    async def get_export_json(self, program: str, member: str) -> models.PersonExportAnswer:
        """Everything that the database has of one person, as far as the key may read it."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/members/{part(member)}/export.json", models.PersonExportAnswer)
        )

    async def get_export_csv(self, program: str, member: str) -> str:
        """The same, a record a line."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/members/{part(member)}/export.csv", str))

    async def redeem_for_member(
        self,
        program: str,
        member: str,
        body: models.RedemptionToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ActionAnswer:
        """Redeem a reward for a member.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/redemptions",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def transfer_for_member(
        self,
        program: str,
        member: str,
        body: models.TransferToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ActionAnswer:
        """Send a member's points to somebody else.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/transfers",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def convert_for_member(
        self,
        program: str,
        member: str,
        body: models.ConversionToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ActionAnswer:
        """Turn a member's points into a partner's.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/conversions",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def donate_for_member(
        self,
        program: str,
        member: str,
        body: models.DonationToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ActionAnswer:
        """Give a member's points to a charity.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/donations",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_actions_of_member(
        self,
        program: str,
        member: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None,
    ) -> models.ActionsAnswer:
        """What was done with a member's account, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/actions",
                models.ActionsAnswer,
                query={"cursor": cursor, "limit": limit, "state": state, "kind": kind},
            )
        )

    def iterate_actions_of_member(
        self,
        program: str,
        member: str,
        *,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None,
    ) -> AsyncIterator[models.ActionAnswer]:
        """All that `list_actions_of_member` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_actions_of_member(
                program, member, cursor=cursor, limit=limit, state=state, kind=kind
            ),
            lambda page: page.actions,
        )

    async def get_action_of_member(self, program: str, member: str, action: str) -> models.ActionAnswer:
        """One of them, and how far it is."""
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/actions/{part(action)}",
                models.ActionAnswer,
            )
        )

    async def issue_token(
        self, program: str, member: str, body: models.TokenToIssue | Fields, *, idempotency_key: str | None = None
    ) -> models.MemberTokenAnswer:
        """A token with which one member calls `/v1/me`, for 15 minutes at most. It is shown once. With `step_up` it
        also does one action that takes more than a plain token.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/members/{part(member)}/tokens",
                models.MemberTokenAnswer,
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def get_step_up_limits(self, program: str) -> models.StepUpLimitsAnswer:
        """Above which points an action takes a step-up."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/step-up-limits", models.StepUpLimitsAnswer))

    async def set_step_up_limits(
        self,
        program: str,
        body: models.LimitsToSet | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.StepUpLimitsAnswer:
        """Set them. With 0 every action takes a step-up.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/step-up-limits",
                models.StepUpLimitsAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_charities(self, program: str) -> models.CharitiesAnswer:
        """All of them, by name."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/charities", models.CharitiesAnswer))

    async def list_charity(
        self,
        program: str,
        account: str,
        body: models.CharityToList | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.CharityAnswer:
        """List an account, or give it another name. Where transfers are for partners only, make it a partner too.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PUT",
                f"/v1/programs/{part(program)}/charities/{part(account)}",
                models.CharityAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def unlist_charity(
        self, program: str, account: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.CharityAnswer:
        """Take an account off the list. What was donated stays.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/charities/{part(account)}",
                models.CharityAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def new_nonce(self, program: str) -> models.NonceAnswer:
        """A nonce for one message, good for five minutes, and what else the message has to say."""
        return await self.ask(Call("POST", f"/v1/programs/{part(program)}/sign-in/nonce", models.NonceAnswer))

    async def check_sign_in(self, program: str, body: models.SignInToCheck | Fields) -> models.MemberTokenAnswer:
        """A member's token for a message that their wallet signed: their own account, or who claimed it (`account`)."""
        return await self.ask(
            Call("POST", f"/v1/programs/{part(program)}/sign-in", models.MemberTokenAnswer, body=body)
        )

    async def get_me(self) -> models.MeAnswer:
        """Who you are here."""
        return await self.ask(Call("GET", "/v1/me", models.MeAnswer))

    async def get_my_balance(self, *, at: str | None = None) -> models.BalanceAnswer:
        """Your points, now or at a moment; of a moment to come, what will be left.

        `at`: Past, or to come; default: now.
        """
        return await self.ask(Call("GET", "/v1/me/balance", models.BalanceAnswer, query={"at": at}))

    async def get_my_expiries(self) -> models.ExpiriesAnswer:
        """Which of your points end when."""
        return await self.ask(Call("GET", "/v1/me/expiries", models.ExpiriesAnswer))

    async def get_my_tier(self) -> models.TierStatusAnswer:
        """Your tier, until when it holds, and what is missing to the next."""
        return await self.ask(Call("GET", "/v1/me/tier", models.TierStatusAnswer))

    async def list_my_entries(
        self,
        *,
        cursor: str | None = None,
        limit: int = 50,
        type: Sequence[models.EntryType] = (),
        from_: str | None = None,
        to: str | None = None,
        reference: str | None = None,
    ) -> models.EntriesAnswer:
        """The lines of your balance history, newest first.

        `cursor`: `next_cursor` of the page before.
        `type`: Can be repeated.
        `from_`: Recorded then or later.
        `to`: Recorded before.
        `reference`: Of the receipt.
        """
        return await self.ask(
            Call(
                "GET",
                "/v1/me/entries",
                models.EntriesAnswer,
                query={"cursor": cursor, "limit": limit, "type": type, "from": from_, "to": to, "reference": reference},
            )
        )

    def iterate_my_entries(
        self,
        *,
        limit: int = 50,
        type: Sequence[models.EntryType] = (),
        from_: str | None = None,
        to: str | None = None,
        reference: str | None = None,
    ) -> AsyncIterator[models.EntryAnswer]:
        """All that `list_my_entries` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_my_entries(
                cursor=cursor, limit=limit, type=type, from_=from_, to=to, reference=reference
            ),
            lambda page: page.entries,
        )

    async def list_my_vouchers(self, *, cursor: str | None = None, limit: int = 50) -> models.VouchersAnswer:
        """What you redeemed, newest first, as the chain has it now.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call("GET", "/v1/me/vouchers", models.VouchersAnswer, query={"cursor": cursor, "limit": limit})
        )

    def iterate_my_vouchers(self, *, limit: int = 50) -> AsyncIterator[models.VoucherAnswer]:
        """All that `list_my_vouchers` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_my_vouchers(cursor=cursor, limit=limit), lambda page: page.vouchers
        )

    async def get_my_voucher_as_qr(self, voucher: str) -> str:
        """A voucher that you hold, as a QR code of its asset id (CAIP-19). It names the voucher, and proves nothing."""
        return await self.ask(Call("GET", f"/v1/me/vouchers/{part(voucher)}/qr.svg", str))

    async def get_my_statement_csv(self, *, from_: str | None = None, to: str | None = None) -> str:
        """What changed your balance in a period, for a spreadsheet. At most 10,000 lines.

        `from_`: Default: the beginning of the calendar.
        `to`: Not included. Default: now.
        """
        return await self.ask(Call("GET", "/v1/me/statement.csv", str, query={"from": from_, "to": to}))

    async def get_my_statement_pdf(self, *, from_: str | None = None, to: str | None = None) -> bytes:
        """The same on paper, in the language of `Accept-Language`. At most 1,000 lines.

        `from_`: Default: the beginning of the calendar.
        `to`: Not included. Default: now.
        """
        return await self.ask(Call("GET", "/v1/me/statement.pdf", bytes, query={"from": from_, "to": to}))

    async def get_my_export_json(self) -> models.ExportAnswer:
        """Everything that is known of you."""
        return await self.ask(Call("GET", "/v1/me/export.json", models.ExportAnswer))

    async def get_my_export_csv(self) -> str:
        """The same, a record a line."""
        return await self.ask(Call("GET", "/v1/me/export.csv", str))

    async def redeem(
        self, body: models.RedemptionToMake | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ActionAnswer:
        """Redeem a reward.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/me/redemptions",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def transfer(
        self, body: models.TransferToMake | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ActionAnswer:
        """Send points to somebody else, where the program allows it.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/me/transfers",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def convert(
        self, body: models.ConversionToMake | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ActionAnswer:
        """Turn points into a partner's.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/me/conversions",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def donate(
        self, body: models.DonationToMake | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ActionAnswer:
        """Give points to a charity that the program lists.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/me/donations",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def claim(
        self, body: models.ClaimToMake | Fields, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.ActionAnswer:
        """Take the account over with a key of your own, once and for good. The key signs `to_sign` of a dry run.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                "/v1/me/claim",
                models.ActionAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_my_actions(
        self,
        *,
        cursor: str | None = None,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None,
    ) -> models.ActionsAnswer:
        """What you did, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                "/v1/me/actions",
                models.ActionsAnswer,
                query={"cursor": cursor, "limit": limit, "state": state, "kind": kind},
            )
        )

    def iterate_my_actions(
        self,
        *,
        limit: int = 50,
        state: models.OperationState | None = None,
        kind: Literal["redeem", "transfer", "convert", "donate", "claim"] | None = None,
    ) -> AsyncIterator[models.ActionAnswer]:
        """All that `list_my_actions` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_my_actions(cursor=cursor, limit=limit, state=state, kind=kind),
            lambda page: page.actions,
        )

    async def get_my_action(self, action: str) -> models.ActionAnswer:
        """One action, and how far it is."""
        return await self.ask(Call("GET", f"/v1/me/actions/{part(action)}", models.ActionAnswer))

    async def list_my_charities(self) -> models.CharitiesAnswer:
        """To whom you can donate."""
        return await self.ask(Call("GET", "/v1/me/charities", models.CharitiesAnswer))

    async def get_proof(
        self,
        program: str,
        member: str,
        *,
        block: int | None = None,
        award: Sequence[str] = (),
        latest: int = 0,
        reveal: bool = False,
    ) -> models.Proof:
        """A member's balance at a block, proven from the chain's state (EIP-1186), and awards, proven by their
        receipts.  `tokenpoints verify FILE --rpc URL` checks the answer against any node.

        `block`: Default: the last indexed one.
        `award`: An award's id; can be repeated.
        `latest`: Without `award`: how many of the latest awards.
        `reveal`: Whether to show the receipts' bodies, and the member's salt, which links them.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/members/{part(member)}/proof",
                models.Proof,
                query={"block": block, "award": award, "latest": latest, "reveal": reveal},
            )
        )

    async def record_receipt(
        self,
        program: str,
        body: models.ReceiptToRecord | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.RecordedReceiptAnswer:
        """Record a receipt. What it earns goes to the chain; the same receipt again gets the same answer.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/receipts",
                models.RecordedReceiptAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_receipts(
        self,
        program: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        member: str | None = None,
        reference: str | None = None,
        store: str | None = None,
        kind: models.ReceiptKind | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> models.ReceiptsAnswer:
        """Receipts, the last recorded first. A store's key finds those of its store.

        `cursor`: `next_cursor` of the page before.
        `store`: A store's key lists its own store's.
        `from_`: Occurred then or later.
        `to`: Occurred before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/receipts",
                models.ReceiptsAnswer,
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "member": member,
                    "reference": reference,
                    "store": store,
                    "kind": kind,
                    "from": from_,
                    "to": to,
                },
            )
        )

    def iterate_receipts(
        self,
        program: str,
        *,
        limit: int = 50,
        member: str | None = None,
        reference: str | None = None,
        store: str | None = None,
        kind: models.ReceiptKind | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> AsyncIterator[models.ListedReceiptAnswer]:
        """All that `list_receipts` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_receipts(
                program,
                cursor=cursor,
                limit=limit,
                member=member,
                reference=reference,
                store=store,
                kind=kind,
                from_=from_,
                to=to,
            ),
            lambda page: page.receipts,
        )

    async def record_receipts(
        self,
        program: str,
        body: models.ReceiptsToRecord | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.RecordedReceiptsAnswer:
        """Record up to 10,000 receipts, all or none. Those recorded before are marked as replayed.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/receipts/bulk",
                models.RecordedReceiptsAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def get_receipt(self, program: str, receipt: str) -> models.ReceiptAnswer:
        """A receipt, and how far its awards have come. A store's key finds those of its store."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/receipts/{part(receipt)}", models.ReceiptAnswer)
        )

    async def refund_receipt(
        self,
        program: str,
        receipt: str,
        body: models.RefundToRecord | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.RecordedRefundAnswer:
        """Give back lines, an amount, or all that is left. What they earned is taken back, what was spent is
        restored.  A store's key refunds receipts of its store.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/receipts/{part(receipt)}/refunds",
                models.RecordedRefundAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def adjust(
        self,
        program: str,
        body: models.AdjustmentToMake | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.AdjustmentAnswer:
        """Give or take points by hand. Above the program's limit it waits for a second approver.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/adjustments",
                models.AdjustmentAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_adjustments(
        self, program: str, *, cursor: str | None = None, limit: int = 50, state: models.AdjustmentState | None = None
    ) -> models.AdjustmentsAnswer:
        """Adjustments, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/adjustments",
                models.AdjustmentsAnswer,
                query={"cursor": cursor, "limit": limit, "state": state},
            )
        )

    def iterate_adjustments(
        self, program: str, *, limit: int = 50, state: models.AdjustmentState | None = None
    ) -> AsyncIterator[models.AdjustmentAnswer]:
        """All that `list_adjustments` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_adjustments(program, cursor=cursor, limit=limit, state=state),
            lambda page: page.adjustments,
        )

    async def get_adjustment(self, program: str, adjustment: str) -> models.AdjustmentAnswer:
        """One adjustment, and how far it is."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/adjustments/{part(adjustment)}", models.AdjustmentAnswer)
        )

    async def approve_adjustment(
        self, program: str, adjustment: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.AdjustmentAnswer:
        """Agree to an adjustment that another API key asked for: not the same one, and none that replaced it.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/adjustments/{part(adjustment)}/approve",
                models.AdjustmentAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def reject_adjustment(
        self, program: str, adjustment: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.AdjustmentAnswer:
        """Turn down an adjustment that waits. Who asked for it can do that too.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/adjustments/{part(adjustment)}/reject",
                models.AdjustmentAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def list_awards(
        self,
        program: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        member: str | None = None,
        status: models.AwardStatus | None = None,
        reference: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> models.AwardsAnswer:
        """Awards, newest first.

        `cursor`: `next_cursor` of the page before.
        `from_`: Recorded then or later.
        `to`: Recorded before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/awards",
                models.AwardsAnswer,
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "member": member,
                    "status": status,
                    "reference": reference,
                    "from": from_,
                    "to": to,
                },
            )
        )

    def iterate_awards(
        self,
        program: str,
        *,
        limit: int = 50,
        member: str | None = None,
        status: models.AwardStatus | None = None,
        reference: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> AsyncIterator[models.AwardAnswer]:
        """All that `list_awards` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_awards(
                program,
                cursor=cursor,
                limit=limit,
                member=member,
                status=status,
                reference=reference,
                from_=from_,
                to=to,
            ),
            lambda page: page.awards,
        )

    async def count_awards(self, program: str) -> models.AwardCountsAnswer:
        """How many awards have which status."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/awards/summary", models.AwardCountsAnswer))

    async def get_award(self, program: str, award: str) -> models.AwardAnswer:
        """One award."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/awards/{part(award)}", models.AwardAnswer))

    async def retry_award(
        self, program: str, award: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.AwardAnswer:
        """Let an award that is set aside go into a batch again.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/awards/{part(award)}/retry",
                models.AwardAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def get_status(self, program: str) -> models.StatusAnswer:
        """How each submitter and each operator's key is doing, and why it waits if it does."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/status", models.StatusAnswer))

    async def create_webhook(
        self,
        program: str,
        body: models.WebhookToCreate | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.WebhookWithSecretAnswer:
        """Tell a URL what becomes final from now on. The answer shows the secret, which no later one does.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/webhooks",
                models.WebhookWithSecretAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_webhooks(self, program: str, *, cursor: str | None = None, limit: int = 50) -> models.WebhooksAnswer:
        """Webhooks, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/webhooks",
                models.WebhooksAnswer,
                query={"cursor": cursor, "limit": limit},
            )
        )

    def iterate_webhooks(self, program: str, *, limit: int = 50) -> AsyncIterator[models.WebhookAnswer]:
        """All that `list_webhooks` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_webhooks(program, cursor=cursor, limit=limit), lambda page: page.webhooks
        )

    async def get_webhook(self, program: str, webhook: str) -> models.WebhookAnswer:
        """One webhook, and how it does."""
        return await self.ask(
            Call("GET", f"/v1/programs/{part(program)}/webhooks/{part(webhook)}", models.WebhookAnswer)
        )

    async def change_webhook(
        self,
        program: str,
        webhook: str,
        body: models.WebhookToChange | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.WebhookAnswer:
        """Change the URL or the events, switch it off, or on again: then it goes on where it stopped.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "PATCH",
                f"/v1/programs/{part(program)}/webhooks/{part(webhook)}",
                models.WebhookAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def delete_webhook(
        self, program: str, webhook: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.WebhookAnswer:
        """Forget a webhook and its messages, those that wait included. Answers with what it was.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/webhooks/{part(webhook)}",
                models.WebhookAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def rotate_secret(
        self,
        program: str,
        webhook: str,
        body: models.SecretToRotate | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.WebhookWithSecretAnswer:
        """Replace the secret. For a while messages are signed with both, so that the receiver can change over.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/webhooks/{part(webhook)}/rotate-secret",
                models.WebhookWithSecretAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_messages(
        self,
        program: str,
        webhook: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        state: models.MessageState | None = None,
    ) -> models.MessagesAnswer:
        """What the webhook is and was told, newest first.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/webhooks/{part(webhook)}/messages",
                models.MessagesAnswer,
                query={"cursor": cursor, "limit": limit, "state": state},
            )
        )

    def iterate_messages(
        self, program: str, webhook: str, *, limit: int = 50, state: models.MessageState | None = None
    ) -> AsyncIterator[models.MessageAnswer]:
        """All that `list_messages` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_messages(program, webhook, cursor=cursor, limit=limit, state=state),
            lambda page: page.messages,
        )

    async def replay_messages(
        self,
        program: str,
        webhook: str,
        body: models.MessagesToReplay | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.ReplayedAnswer:
        """Send a message again, or all since a time, delivered or not, each with the id that it had.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/webhooks/{part(webhook)}/replay",
                models.ReplayedAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def create_key(
        self,
        program: str,
        body: models.KeyToCreate | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.KeyWithTextAnswer:
        """Make an API key that can do no more than yours. The answer shows it, which no later one does.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/keys",
                models.KeyWithTextAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_keys(self, program: str, *, cursor: str | None = None, limit: int = 50) -> models.KeysAnswer:
        """API keys, newest first, those that ended too.

        `cursor`: `next_cursor` of the page before.
        """
        return await self.ask(
            Call(
                "GET", f"/v1/programs/{part(program)}/keys", models.KeysAnswer, query={"cursor": cursor, "limit": limit}
            )
        )

    def iterate_keys(self, program: str, *, limit: int = 50) -> AsyncIterator[models.KeyAnswer]:
        """All that `list_keys` lists, asked for in pages of `limit`."""
        return every_awaited(lambda cursor: self.list_keys(program, cursor=cursor, limit=limit), lambda page: page.keys)

    async def get_key(self, program: str, key: str) -> models.KeyAnswer:
        """One API key."""
        return await self.ask(Call("GET", f"/v1/programs/{part(program)}/keys/{part(key)}", models.KeyAnswer))

    async def revoke_key(
        self, program: str, key: str, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> models.KeyAnswer:
        """Let an API key open nothing from now on. It stays in the list.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "DELETE",
                f"/v1/programs/{part(program)}/keys/{part(key)}",
                models.KeyAnswer,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
            )
        )

    async def rotate_key(
        self,
        program: str,
        key: str,
        body: models.KeyToRotate | Fields,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> models.KeyWithTextAnswer:
        """Make an API key in place of another one, which works on for a while. They share their limits.

        `dry_run`: Answer what would happen, and change nothing.
        """
        return await self.ask(
            Call(
                "POST",
                f"/v1/programs/{part(program)}/keys/{part(key)}/rotate",
                models.KeyWithTextAnswer,
                query={"dry_run": dry_run},
                body=body,
                idempotency_key=idempotency_key,
            )
        )

    async def list_audit_log(
        self, program: str, *, cursor: str | None = None, limit: int = 50, key: str | None = None
    ) -> models.AuditLogAnswer:
        """What was done to the program and what was refused, newest first. Each entry has the hash of the one
        before.

        `cursor`: `next_cursor` of the page before.
        `key`: An API key's id.
        """
        return await self.ask(
            Call(
                "GET",
                f"/v1/programs/{part(program)}/audit-log",
                models.AuditLogAnswer,
                query={"cursor": cursor, "limit": limit, "key": key},
            )
        )

    def iterate_audit_log(
        self, program: str, *, limit: int = 50, key: str | None = None
    ) -> AsyncIterator[models.AuditEntryAnswer]:
        """All that `list_audit_log` lists, asked for in pages of `limit`."""
        return every_awaited(
            lambda cursor: self.list_audit_log(program, cursor=cursor, limit=limit, key=key), lambda page: page.entries
        )

    async def live(self) -> models.LiveAnswer:
        """Whether the process answers at all."""
        return await self.ask(Call("GET", "/health/live", models.LiveAnswer))

    async def ready(self) -> models.ReadyAnswer:
        """Whether the database answers and the index follows the chain. `checkpoint` says how far it is."""
        return await self.ask(Call("GET", "/health/ready", models.ReadyAnswer))

    async def list_problems(self) -> list[models.ProblemText]:
        """Every problem that the gateway knows."""
        return await self.ask(Call("GET", "/problems", list[models.ProblemText]))

    async def get_problem(self, code: str) -> models.ProblemText:
        """What one problem means."""
        return await self.ask(Call("GET", f"/problems/{part(code)}", models.ProblemText))
