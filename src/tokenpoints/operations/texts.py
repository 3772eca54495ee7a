"""The texts whose hashes are on the chain."""

from __future__ import annotations

from tokenpoints.domain.hashing import keccak
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Hash32
from tokenpoints.storage import operations
from tokenpoints.storage.database import Session


async def known_texts(session: Session, program: Program) -> dict[Hash32, str]:
    """By hash, the terms documents of the program file and of the operations that named one."""
    texts = [rule.terms_document for rule in program.rules]
    texts += await operations.terms_documents(session, program.slug)
    return {Hash32(keccak(text.encode())): text for text in texts}
