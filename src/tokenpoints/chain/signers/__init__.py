"""Keys that sign transactions."""

from tokenpoints.chain.signers.local import LocalSigner, development_signer, keystore_signer
from tokenpoints.chain.signers.transactions import SignedTransaction, Signer
from tokenpoints.domain.chains import DEVELOPMENT_CHAINS

__all__ = [
    "DEVELOPMENT_CHAINS",
    "LocalSigner",
    "SignedTransaction",
    "Signer",
    "development_signer",
    "keystore_signer",
]
