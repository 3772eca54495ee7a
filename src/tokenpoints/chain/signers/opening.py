"""Opening a key by its URI.

keystore:/path/to/key.json?password_file=/path/to/password
aws-kms:<key id, ARN or alias>?region=eu-central-1
web3signer:https://host:9000?address=0x…
development:<role>
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

from tokenpoints.chain.signers.local import DEVELOPMENT_ROLES, development_signer, keystore_signer
from tokenpoints.chain.signers.transactions import Signer
from tokenpoints.domain.types import address_from_hex
from tokenpoints.errors import SignerError


def open_signer(uri: str, chain_id: int) -> Signer:
    """The signer that the URI names. Raises SignerError, and SignerUnavailable where a service must be asked."""
    kind, _, rest = uri.partition(":")
    place, _, query = rest.partition("?")
    options = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    match kind:
        case "keystore":
            _check(kind, place, options, needed={"password_file"})
            return keystore_signer(Path(place), Path(options["password_file"]), chain_id)
        case "aws-kms":
            from tokenpoints.chain.signers.aws_kms import aws_kms_signer

            _check(kind, place, options, allowed={"region"})
            return aws_kms_signer(place, chain_id, region=options.get("region"))
        case "web3signer":
            from tokenpoints.chain.signers.web3signer import Web3SignerSigner

            _check(kind, place, options, needed={"address"})
            if not place.startswith(("http://", "https://")):
                raise SignerError("web3signer: an http or https URL must follow")
            try:
                address = address_from_hex(options["address"])
            except ValueError as error:
                raise SignerError(f"web3signer: {error}") from None
            return Web3SignerSigner(place, address, chain_id)
        case "development":
            if place not in DEVELOPMENT_ROLES:
                known = ", ".join(sorted(DEVELOPMENT_ROLES))
                raise SignerError(f"development: there is no key for {place!r}, only {known}")
            return development_signer(place, chain_id)
    raise SignerError(f"{kind!r} is no kind of key: keystore, aws-kms, web3signer or development")


def _check(
    kind: str,
    place: str,
    options: dict[str, str],
    *,
    needed: frozenset[str] | set[str] = frozenset(),
    allowed: frozenset[str] | set[str] = frozenset(),
) -> None:
    if not place:
        raise SignerError(f"{kind}: nothing follows")
    if missing := sorted(needed - options.keys()):
        raise SignerError(f"{kind}: {', '.join(missing)} is missing")
    if unknown := sorted(options.keys() - needed - allowed):
        raise SignerError(f"{kind}: {', '.join(unknown)} is not known")
