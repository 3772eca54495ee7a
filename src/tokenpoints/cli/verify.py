"""`tokenpoints verify`: check a proof against any node."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tokenpoints.errors import ChainError, ProofRefused
from tokenpoints.proofs.file import Proof

FILE_BYTES_MAX = 1_000_000
_NOT_CHECKED = 2


def verify(
    file: Annotated[Path, typer.Argument(help="A proof, as the gateway gave it.")],
    rpc: Annotated[str, typer.Option("--rpc", help="URL of a node, of anyone's.")],
) -> None:
    """Check a proof of points and awards against a node, without the gateway.

    Ends with status 0 where everything holds, 1 where the proof is refused, and 2 where it could not be checked: the
    file cannot be read, or the node does not answer.
    """
    try:
        asyncio.run(_check(file, rpc))
    except ProofRefused as refused:
        typer.echo(f"✗ {refused}", err=True)
        raise typer.Exit(1) from None
    except (ChainError, OSError) as error:
        typer.echo(f"tokenpoints: not checked: {error}", err=True)
        raise typer.Exit(_NOT_CHECKED) from None
    typer.echo("Everything holds.")


async def _check(file: Path, rpc_url: str) -> None:
    from tokenpoints.chain.rpc import RpcClient
    from tokenpoints.proofs.checking import checked

    proof = _read(file)
    async with RpcClient(rpc_url) as rpc:
        async for line in checked(proof, rpc):
            typer.echo(f"✓ {line}")


def _read(file: Path) -> Proof:
    if file.stat().st_size > FILE_BYTES_MAX:
        raise ProofRefused(f"a proof has at most {FILE_BYTES_MAX:,} bytes")
    try:
        return Proof.model_validate_json(file.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        raise ProofRefused(f"not a proof: {place}: {fault['msg']}") from None
