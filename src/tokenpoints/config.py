"""Settings, read once from the environment (`TOKENPOINTS_…`) or a `.env` file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tokenpoints.domain.batches import BATCH_SIZE_MAX, TRANSACTION_GAS_MAX
from tokenpoints.domain.logs import LogCheck


class Settings(BaseSettings):
    """Everything that can be set. A wrong value stops the start with its name."""

    model_config = SettingsConfigDict(env_prefix="TOKENPOINTS_", env_file=".env", frozen=True, extra="ignore")

    data_dir: Path = Path(".tokenpoints")
    """Where the embedded node, the database and the logs live."""
    deployments_dir: Path = Path("deployments")
    chain_id: int = Field(default=31337, ge=1)
    rpc_url: str | None = None
    """An EVM node; without one, the embedded node."""
    node_port: int = Field(default=18545, ge=1, le=65535)
    database_url: str | None = None
    """`postgresql://…` or `sqlite:///…`. Without one, an SQLite file in `data_dir`, or the embedded PostgreSQL."""
    embedded_postgresql: bool = False
    """Whether `up` runs a PostgreSQL of its own in `data_dir`."""
    database_pool_size: int = Field(default=10, ge=2, le=1_000)
    database_pool_timeout_seconds: float = Field(default=10.0, gt=0, le=600)
    database_statement_timeout_seconds: float = Field(default=30.0, gt=0, le=86_400)
    database_lock_timeout_seconds: float = Field(default=10.0, gt=0, le=86_400)
    database_idle_timeout_seconds: float = Field(default=30.0, gt=0, le=86_400)
    lease_seconds: float = Field(default=3.0, ge=0.5, le=600)
    """So long after its holder's death a standby takes over."""

    gateway_host: str = "127.0.0.1"
    gateway_port: int = Field(default=18080, ge=1, le=65535)
    explorer_host: str = "127.0.0.1"
    explorer_port: int = Field(default=18081, ge=1, le=65535)
    gateway_names: Annotated[tuple[str, ...], NoDecode] = ()
    """Host names under which callers know the gateway, besides those of this machine; by blanks."""
    requests_per_minute: int = Field(default=6_000, ge=1, le=1_000_000)
    """That one API key may make at each gateway."""
    unauthorized_per_minute: int = Field(default=60, ge=1, le=1_000_000)
    """Requests of one address without a valid key, after which it has to wait."""
    member_requests_per_minute: int = Field(default=300, ge=1, le=1_000_000)
    """Those of a member's tokens."""
    sign_ins_per_minute: int = Field(default=120, ge=1, le=1_000_000)
    """Nonces and sign-ins of one address."""
    sign_in_domains: Annotated[tuple[str, ...], NoDecode] = ()
    """Of the pages on which members sign in with Ethereum, as `host` or `host:port`, by blanks."""
    token_secret: SecretStr | None = Field(default=None, min_length=32)
    """With which members' tokens are signed; without one, that in `data_dir`."""
    api_key: SecretStr | None = None
    """With which the commands call the gateway."""
    body_bytes_max: int = Field(default=8_000_000, ge=1_000)

    batch_size: int = Field(default=500, ge=1, le=BATCH_SIZE_MAX)
    batch_age_seconds: float = Field(default=2.0, ge=0)
    batch_idle_age_seconds: float = Field(default=0.0, ge=0)
    """An award waits no longer for others than the first while a batch is on its way, and than the second where
    none is: larger values make larger batches, which cost less gas an award."""
    batches_in_flight_max: int = Field(default=8, ge=1, le=64)
    transaction_gas_max: int = Field(default=TRANSACTION_GAS_MAX, ge=400_000, le=TRANSACTION_GAS_MAX)
    """Where the node or the chain takes less than EIP-7825 allows."""
    fee_cap_gwei: Decimal = Field(default=Decimal(500), gt=0, le=1_000_000)
    """Most to offer for a unit of gas; above it batches wait."""
    bump_seconds: float = Field(default=30.0, ge=1)
    poll_seconds: float = Field(default=0.25, gt=0, le=60)
    block_count_max: int = Field(default=2_000, ge=1, le=10_000)
    """The most blocks that the indexer asks for at once; as a rule it is the number of logs that decides."""
    second_rpc_url: str | None = None
    """A node of another operator: nothing is indexed on which the two do not agree."""
    ws_url: str | None = Field(default=None, pattern="^wss?://")
    """Where the node announces its blocks; without it the embedded node's, or none, and polling alone."""
    log_check: LogCheck = LogCheck.HEAD
    """What the logs of a block are held against."""

    submitter_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    indexer_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    reconciler_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    webhooks_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    operator_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"
    """Where these answer `GET /metrics`. The gateway does so with its API."""
    reconcile_seconds: float = Field(default=300, ge=1)
    """From one comparison of a program with the chain to the next."""

    webhooks_allow_loopback: bool = False
    """Whether webhooks may go to this machine, by http and to any port; on a development chain only."""

    issuer_keys: Annotated[tuple[str, ...], NoDecode] = ()
    """Where the issuers' keys are, as URIs; without any, `signer_keystore`."""
    operator_keys: Annotated[tuple[str, ...], NoDecode] = ()
    """Where the keys are that make operations, as URIs; without any, `signer_keystore`. The first creates programs."""
    signer_keystore: Path | None = None
    signer_password_file: Path | None = None
    log_json: bool = False
    failpoints: str = ""
    """On a development chain, where a process is to end itself: see `failpoints.py`."""

    @field_validator("issuer_keys", "operator_keys", "gateway_names", "sign_in_domains", mode="before")
    @classmethod
    def _by_blanks(cls, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else value

    @property
    def node_url(self) -> str:
        return self.rpc_url or f"http://127.0.0.1:{self.node_port}"

    @model_validator(mode="after")
    def _one_database(self) -> Settings:
        if self.embedded_postgresql and self.database_url is not None:
            raise ValueError("TOKENPOINTS_DATABASE_URL and TOKENPOINTS_EMBEDDED_POSTGRESQL exclude each other")
        return self

    @property
    def postgresql_dir(self) -> Path:
        """Of the embedded PostgreSQL."""
        return self.data_dir / "postgresql"

    @property
    def heads_url(self) -> str | None:
        return self.ws_url or (None if self.rpc_url else f"ws://127.0.0.1:{self.node_port}")

    @property
    def storage_url(self) -> str:
        if self.embedded_postgresql:
            return embedded_url(self.postgresql_dir)
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'tokenpoints.db'}"

    @property
    def gateway_url(self) -> str:
        """As this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.gateway_host, self.gateway_host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.gateway_port}"

    @property
    def api_key_path(self) -> Path:
        """Where `up` keeps the key that it makes on a development chain."""
        return self.data_dir / "api-key"

    @property
    def token_secret_path(self) -> Path:
        """Where the secret of members' tokens is kept."""
        return self.data_dir / "token-secret"

    @property
    def explorer_url(self) -> str:
        return f"http://{self.explorer_host}:{self.explorer_port}"


def embedded_url(folder: Path, database: str = "postgres") -> str:
    """The URL of a database of the embedded PostgreSQL in `folder`."""
    return f"postgresql+psycopg://postgres@/{database}?host={quote(str(folder.resolve()), safe='')}"
