"""Keys that sign transactions."""

from tokenpoints.chain.signers.local import DEVELOPMENT_CHAINS, LocalSigner, development_signer, keystore_signer
from tokenpoints.chain.signers.transactions import SignedTransaction, Signer

__all__ = [
    "DEVELOPMENT_CHAINS",
    "LocalSigner",
    "SignedTransaction",
    "Signer",
    "development_signer",
    "keystore_signer",
]
