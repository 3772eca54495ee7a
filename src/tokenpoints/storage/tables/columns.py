"""What the columns of all tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 so that it sorts and compares everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# SQLite counts up only an INTEGER PRIMARY KEY.
Sequence = BigInteger().with_variant(Integer(), "sqlite")
AddressBytes = LargeBinary(20)
HashBytes = LargeBinary(32)


def of_signed_transactions() -> list[Column[Any]]:
    """What is kept of each, beside whose it is and what for."""
    return [
        Column("nonce", BigInteger, nullable=False),
        Column("attempt", Integer, nullable=False),  # at its nonce, from 0
        Column("transaction_hash", HashBytes, nullable=False, unique=True),
        Column("signed_bytes", LargeBinary, nullable=False),
        Column("gas_limit", BigInteger, nullable=False),
        Column("max_fee_wei", BigInteger, nullable=False),  # a unit of gas
        Column("priority_fee_wei", BigInteger, nullable=False),
        Column("block_number", BigInteger, nullable=False),  # the latest when it was signed
        Column("created_at", Instant, nullable=False),
    ]
