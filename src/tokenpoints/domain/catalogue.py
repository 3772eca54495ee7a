"""Rewards of the catalogue, and what makes one worse, as `RewardLibrary` decides it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tokenpoints.domain.types import Hash32

UNLIMITED = (1 << 32) - 1
"""For stock, limit and validity."""
NEVER = (1 << 40) - 1
"""For the ends of windows."""


class VoucherKind(StrEnum):
    """What a voucher is, in the order of the contract's numbers."""

    COUPON = "coupon"
    SEASON_PASS = "season_pass"  # noqa: S105
    INVITATION = "invitation"
    LIMITED_EDITION = "limited_edition"

    @property
    def number(self) -> int:
        """The contract's."""
        return list(VoucherKind).index(self)


class VoucherState(StrEnum):
    """What a voucher is still good for."""

    LIVE = "live"
    GONE = "gone"
    """Used up, or given to somebody else."""
    EXPIRED = "expired"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Reward:
    """The contract's `Reward`. Times in Unix seconds."""

    kind: VoucherKind
    soulbound: bool
    tier_min: int
    price_min: int
    price_max: int
    stock: int
    limit_per_member: int
    opens_at: int
    closes_at: int
    voucher_expires_at: int
    valid_for_seconds: int
    terms_hash: Hash32

    @property
    def has_chosen_price(self) -> bool:
        """Whether the member chooses the points."""
        return self.price_min != self.price_max


def worse_fields(current: Reward, following: Reward) -> list[str]:
    """In what anyone could get less, later, for more, or something else under `following`: the contract refuses that.

    As in the contract's `RewardLibrary.isWorse`. A larger edition is worse to those who hold a piece of the smaller.
    """
    is_edition = following.kind is VoucherKind.LIMITED_EDITION
    worse = {
        "voucher": following.kind != current.kind,
        "soulbound": following.soulbound != current.soulbound,
        "terms_document": following.terms_hash != current.terms_hash,
        "price_min": following.price_min > current.price_min,
        "price_max": following.has_chosen_price != current.has_chosen_price
        or (following.has_chosen_price and following.price_max < current.price_max),
        "tier_min": following.tier_min > current.tier_min,
        "stock": following.stock < current.stock or (is_edition and following.stock != current.stock),
        "limit_per_member": following.limit_per_member < current.limit_per_member,
        "opens_at": following.opens_at > current.opens_at,
        "closes_at": following.closes_at < current.closes_at,
        "voucher_expires_at": following.voucher_expires_at < current.voucher_expires_at,
        "valid_for_seconds": following.valid_for_seconds < current.valid_for_seconds,
    }
    return [field for field, is_so in worse.items() if is_so]
