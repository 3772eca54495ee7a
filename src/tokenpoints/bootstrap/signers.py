"""The keys that a process holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tokenpoints.config import Settings
from tokenpoints.domain.types import Address
from tokenpoints.errors import SignerError

if TYPE_CHECKING:
    from tokenpoints.chain.signers import Signer


def signer(settings: Settings, role: str) -> Signer:
    """The key of this process: its keystore, or on a development chain the public key of `role`."""
    from tokenpoints.chain.signers import development_signer, keystore_signer

    if settings.signer_keystore is None:
        return development_signer(role, settings.chain_id)
    if settings.signer_password_file is None:
        raise SignerError("TOKENPOINTS_SIGNER_PASSWORD_FILE is not set")
    return keystore_signer(settings.signer_keystore, settings.signer_password_file, settings.chain_id)


def issuer_signers(settings: Settings) -> list[Signer]:
    """The issuers' keys that this process holds. Raises SignerError, also where two are the same."""
    if not settings.issuer_keys:
        return [signer(settings, "issuer")]
    return _distinct_signers("TOKENPOINTS_ISSUER_KEYS", settings.issuer_keys, settings)


def operator_signers(settings: Settings) -> list[Signer]:
    """The roles' keys that this process holds. Raises SignerError, also where two are the same."""
    if not settings.operator_keys:
        # On a development chain the custodian's is public as well.
        roles = ("owner", "custodian") if settings.signer_keystore is None else ("owner",)
        return [signer(settings, role) for role in roles]
    return _distinct_signers("TOKENPOINTS_OPERATOR_KEYS", settings.operator_keys, settings)


def _distinct_signers(variable: str, uris: Sequence[str], settings: Settings) -> list[Signer]:
    from tokenpoints.chain.signers.opening import open_signer

    found = [open_signer(uri, settings.chain_id) for uri in uris]
    if len({each.address for each in found}) < len(found):
        raise SignerError(f"{variable} names a key twice")
    return found


def development_address(role: str, settings: Settings) -> Address:
    """The address of the public key of `role`. Raises SignerError on any chain but a development one."""
    from tokenpoints.chain.signers import development_signer

    return development_signer(role, settings.chain_id).address
