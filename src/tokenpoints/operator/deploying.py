"""Writing down what was deployed, so that every process serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from tokenpoints.chain import deployments, verification
from tokenpoints.chain.creation import plan_of
from tokenpoints.chain.deploying import Planner
from tokenpoints.chain.rpc import RpcClient
from tokenpoints.domain.changes import CreateProgram, SetIssuer
from tokenpoints.domain.programs import Deployment
from tokenpoints.domain.types import Address, Hash32
from tokenpoints.storage.operations import Operation

log = structlog.get_logger()


class Deploying:
    """Keeps a chain's deployment file up to date."""

    def __init__(self, rpc: RpcClient, directory: Path, chain_id: int, *, keys: Sequence[Address]) -> None:
        """`keys` make operations, and are never submitters'."""
        self._rpc, self._directory, self._chain_id, self._keys = rpc, directory, chain_id, keys

    async def done(self, operation: Operation, transactions: Mapping[str, Hash32]) -> None:
        """An operation is in blocks, with these transactions by title. Raises DeploymentError."""
        match operation.change:
            case CreateProgram() as change:
                plan = plan_of(change, self._chain_id, operation.sender, transactions)
                program = await Planner(self._rpc, operation.sender).program(plan)
                deployments.change(
                    self._directory,
                    self._chain_id,
                    lambda known: known if program.slug in known.programs else known.having(program),
                )
                verification.save(self._directory)
                log.info("program_created", program=program.slug)
            case SetIssuer(issuer=issuer) if issuer not in self._keys:
                deployments.change(
                    self._directory, self._chain_id, lambda known: _with_issuer(known, operation.program, issuer)
                )
            case _:
                pass


def _with_issuer(known: Deployment, slug: str, issuer: Address) -> Deployment:
    program = known.programs.get(slug)
    if program is None or issuer in program.issuers:
        return known
    return known.having(program.model_copy(update={"further_issuers": [*program.further_issuers, issuer]}))
