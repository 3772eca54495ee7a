"""The tables, by who writes them.

`chain` is derived from the chain by the indexer and can be rebuilt from block 0; nothing else can. The gateway and the
submitter write `shop` and `awarding`, the gateway and the operator `operating` and `erased`, the gateway `access`, the
dispatcher `webhooks`. What the brand said and what the chain says meet in (program, issuer, batch number, position).
"""

from __future__ import annotations

from tokenpoints.storage.tables.access import (
    api_key_days,
    api_keys,
    audit_log,
    charities,
    idempotency_keys,
    sign_in_nonces,
    step_up_limits,
    used_tokens,
)
from tokenpoints.storage.tables.awarding import awards, batches, dead_letters, leases, submissions, submitter_states
from tokenpoints.storage.tables.chain import (
    DERIVED,
    LOGGED,
    agreement_dealings,
    agreements,
    awarded_batches,
    awarded_groups,
    balances,
    blocks,
    checkpoints,
    entries,
    program_changes,
    refusals,
    rule_versions,
    transactions,
)
from tokenpoints.storage.tables.columns import AddressBytes, HashBytes, Instant, Sequence, metadata
from tokenpoints.storage.tables.erased import erased_awards, erased_references, erasure_policies, erasures
from tokenpoints.storage.tables.operating import (
    clawback_parts,
    clawback_returns,
    clawbacks,
    operation_submissions,
    operations,
    operator_states,
    reconciliations,
    restorations,
)
from tokenpoints.storage.tables.shop import adjustments, members, merges, receipts, referrals, refunds
from tokenpoints.storage.tables.webhooks import webhook_endpoints, webhook_messages

__all__ = [
    "DERIVED",
    "LOGGED",
    "AddressBytes",
    "HashBytes",
    "Instant",
    "Sequence",
    "adjustments",
    "agreement_dealings",
    "agreements",
    "api_key_days",
    "api_keys",
    "audit_log",
    "awarded_batches",
    "awarded_groups",
    "awards",
    "balances",
    "batches",
    "blocks",
    "charities",
    "checkpoints",
    "clawback_parts",
    "clawback_returns",
    "clawbacks",
    "dead_letters",
    "entries",
    "erased_awards",
    "erased_references",
    "erasure_policies",
    "erasures",
    "idempotency_keys",
    "leases",
    "members",
    "merges",
    "metadata",
    "operation_submissions",
    "operations",
    "operator_states",
    "program_changes",
    "receipts",
    "reconciliations",
    "referrals",
    "refunds",
    "refusals",
    "restorations",
    "rule_versions",
    "sign_in_nonces",
    "step_up_limits",
    "submissions",
    "submitter_states",
    "transactions",
    "used_tokens",
    "webhook_endpoints",
    "webhook_messages",
]
