"""The only place where objects are wired.

Each process imports only what it runs: what the others need is imported where it is wired.
"""

from tokenpoints.bootstrap.applications import explorer_app, gateway_app
from tokenpoints.bootstrap.deploying import deploy
from tokenpoints.bootstrap.dispatching import run_webhooks
from tokenpoints.bootstrap.embedded import run_node, run_postgresql
from tokenpoints.bootstrap.following import following_deployment
from tokenpoints.bootstrap.indexing import indexing, resume_indexer, run_indexer
from tokenpoints.bootstrap.opening import database, deployment, migrate, node, require_tables, utc_now
from tokenpoints.bootstrap.operating import run_operator
from tokenpoints.bootstrap.reconciling import reconcile, run_reconciler
from tokenpoints.bootstrap.signers import development_address, signer
from tokenpoints.bootstrap.submitting import run_submitter

__all__ = [
    "database",
    "deploy",
    "deployment",
    "development_address",
    "explorer_app",
    "following_deployment",
    "gateway_app",
    "indexing",
    "migrate",
    "node",
    "reconcile",
    "require_tables",
    "resume_indexer",
    "run_indexer",
    "run_node",
    "run_operator",
    "run_postgresql",
    "run_reconciler",
    "run_submitter",
    "run_webhooks",
    "signer",
    "utc_now",
]
