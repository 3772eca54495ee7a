"""Decoding the contracts' logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from eth_abi.abi import decode

from tokenpoints.chain.interfaces import interface
from tokenpoints.domain.agreements import Agreement
from tokenpoints.domain.events import (
    AgreementSigned,
    AwardClawedBack,
    AwardRefused,
    BatchAwarded,
    ChangeCancelled,
    Dealing,
    Dealt,
    Event,
    FlagSet,
    GroupAwarded,
    LotsCause,
    LotsMoved,
    ProgramChanged,
    RuleSet,
    TierChanged,
    Transferred,
    TransferredAtEpoch,
)
from tokenpoints.domain.memo import Memo
from tokenpoints.domain.points import FROZEN, PARTNER, AccountWord
from tokenpoints.domain.rules import RefusalReason, Terms
from tokenpoints.domain.tiers import packed, unpacked
from tokenpoints.domain.types import ZERO_ADDRESS, Address, Hash32, address_from_hex, hash_from_hex
from tokenpoints.errors import ChainUnavailable

_TERMS = "(uint40,uint40,uint32,uint32,uint48,uint48,uint48,uint32,uint64,bytes32)"
_AGREEMENT = "(address,uint48,address,uint48,uint48,uint32,uint40,uint40,uint128,address,address,bytes32)"


_REMEMBERED_MAX = 65_536


class RawLog(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A log as the node gives it, without what nobody reads."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    log_index: str


def log_from_json(raw: Any) -> RawLog:
    """A log out of the node's own JSON. Raises ChainUnavailable where it is malformed."""
    try:
        return msgspec.convert(raw, RawLog)
    except msgspec.ValidationError as error:
        raise ChainUnavailable(f"the node gave a log that does not decode: {error}") from error


def event_of(log: RawLog) -> Event:
    """The event in a log that matches TOPICS. Raises ChainUnavailable where it is malformed."""
    try:
        topics = log.topics
        if topics[0] == _TRANSFER_TEXT:
            return Transferred(_ADDRESSES[topics[1]], _ADDRESSES[topics[2]], int(log.data, 16))
        return _DECODERS[topics[0]](list(topics), bytes.fromhex(log.data[2:]))
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise ChainUnavailable(f"the node gave a log that does not decode: {error!r}") from error


def terms_from_tuple(terms: tuple[Any, ...]) -> Terms:
    """The contract's `Terms` struct."""
    opens_at, closes_at, numerator, denominator, fixed_points, cap_per_award, budget, window, multipliers, text = terms
    return Terms(
        opens_at=opens_at,
        closes_at=closes_at,
        numerator=numerator,
        denominator=denominator,
        fixed_points=fixed_points,
        cap_per_award=cap_per_award,
        budget=budget,
        budget_window_seconds=window,
        multipliers=unpacked(multipliers),
        terms_hash=Hash32(text),
    )


def terms_to_tuple(terms: Terms) -> tuple[Any, ...]:
    """For the contract's `Terms` struct."""
    return (
        terms.opens_at,
        terms.closes_at,
        terms.numerator,
        terms.denominator,
        terms.fixed_points,
        terms.cap_per_award,
        terms.budget,
        terms.budget_window_seconds,
        packed(terms.multipliers),
        terms.terms_hash,
    )


def agreement_from_struct(agreement_id: Hash32, struct: tuple[Any, ...]) -> Agreement:
    """The contract's `Agreement` struct, whatever it holds."""
    source, burned, target, minted, quota, window, opens_at, closes_at, settlement, token, beneficiary, text = struct
    return Agreement(
        id=agreement_id,
        source=_address(source),
        source_points=burned,
        target=_address(target),
        target_points=minted,
        quota=quota,
        quota_window_seconds=window,
        opens_at=opens_at,
        closes_at=closes_at,
        settlement=settlement,
        settlement_token=_given(token),
        beneficiary=_given(beneficiary),
        terms_hash=Hash32(text),
    )


_Decoder = Callable[[list[str], bytes], Event]


def _transferred_at_epoch(topics: list[str], data: bytes) -> Event:
    return TransferredAtEpoch(_address(topics[1]), _address(topics[2]), int(topics[3], 16), int.from_bytes(data, "big"))


def _tier_changed(topics: list[str], data: bytes) -> Event:
    before, after = decode(["uint256", "uint256"], data)
    return TierChanged(_address(topics[1]), before, after)


def _lots(cause: LotsCause) -> _Decoder:
    def decoder(topics: list[str], data: bytes) -> Event:
        (raw,) = decode(["uint256"], data)
        word = AccountWord.unpack(raw)
        return LotsMoved(cause, _address(topics[1]), word.epoch, word.lots)

    return decoder


def _lots_clawed_back(topics: list[str], data: bytes) -> Event:
    raw, unearned = decode(["uint256", "uint256"], data)
    word = AccountWord.unpack(raw)
    return LotsMoved(LotsCause.CLAWED_BACK, _address(topics[1]), word.epoch, word.lots, unearned)


def _account_frozen(topics: list[str], data: bytes) -> Event:
    return FlagSet(_address(topics[1]), FROZEN, True, int(topics[2], 16), int.from_bytes(data, "big"))


def _account_unfrozen(topics: list[str], _data: bytes) -> Event:
    return FlagSet(_address(topics[1]), FROZEN, False)


def _partner_set(topics: list[str], data: bytes) -> Event:
    return FlagSet(_address(topics[1]), PARTNER, bool(int.from_bytes(data, "big")))


def _program_changed(name: str) -> _Decoder:
    def decoder(topics: list[str], data: bytes) -> Event:
        account = _address(topics[1]) if len(topics) > 1 else None
        # The first word: what follows in NoticePeriodSet is when it is in force, which goes by the block's time.
        return ProgramChanged(name, int.from_bytes(data[:32], "big"), account)

    return decoder


def _award_refused(topics: list[str], data: bytes) -> Event:
    position, account, units, reason = decode(["uint32", "address", "uint48", "uint8"], data)
    return AwardRefused(
        issuer=_address(topics[1]),
        batch_number=int(topics[2], 16),
        position=position,
        account=_address(account),
        units=units,
        reason=RefusalReason(reason),
    )


def _group_awarded(topics: list[str], data: bytes) -> Event:
    version, entry_count, refused_count, minted, mints_hash = decode(
        ["uint32", "uint32", "uint32", "uint256", "bytes32"], data
    )
    return GroupAwarded(
        issuer=_address(topics[1]),
        batch_number=int(topics[2], 16),
        rule_id=int(topics[3], 16),
        rule_version=version,
        entry_count=entry_count,
        refused_count=refused_count,
        minted=minted,
        mints_hash=Hash32(mints_hash),
    )


def _batch_awarded(topics: list[str], data: bytes) -> Event:
    entry_count, refused_count, minted, root, mints_hash = decode(
        ["uint32", "uint32", "uint256", "bytes32", "bytes32"], data
    )
    return BatchAwarded(
        issuer=_address(topics[1]),
        batch_number=int(topics[2], 16),
        entry_count=entry_count,
        refused_count=refused_count,
        minted=minted,
        receipts_root=Hash32(root),
        mints_hash=Hash32(mints_hash),
    )


def _award_clawed_back(topics: list[str], data: bytes) -> Event:
    position, points, burned, reason = decode(["uint32", "uint256", "uint256", "uint8"], data)
    return AwardClawedBack(
        issuer=_address(topics[1]),
        batch_number=int(topics[2], 16),
        position=position,
        account=_address(topics[3]),
        points=points,
        burned=burned,
        reason=reason,
    )


def _rule_set(topics: list[str], data: bytes) -> Event:
    effective_at, terms = decode(["uint40", _TERMS], data)
    return RuleSet(int(topics[1], 16), int(topics[2], 16), effective_at, terms_from_tuple(terms))


def _change_cancelled(topics: list[str], _data: bytes) -> Event:
    return ChangeCancelled(int(topics[1], 16), int(topics[2], 16))


def _agreement_signed(topics: list[str], data: bytes) -> Event:
    (struct,) = decode([_AGREEMENT], data)
    return AgreementSigned(agreement_from_struct(hash_from_hex(topics[1]), struct))


def _agreement_terminated(topics: list[str], data: bytes) -> Event:
    return Dealt(Dealing.TERMINATED, hash_from_hex(topics[1]), ends_at=int.from_bytes(data, "big"))


def _escrow_changed(dealing: Dealing) -> _Decoder:
    def decoder(topics: list[str], data: bytes) -> Event:
        return Dealt(dealing, hash_from_hex(topics[1]), _address(topics[2]), amount=int.from_bytes(data, "big"))

    return decoder


def _converted(topics: list[str], data: bytes) -> Event:
    burned, minted, settlement = decode(["uint256", "uint256", "uint256"], data)
    account, recipient = _address(topics[2]), _address(topics[3])
    return Dealt(Dealing.CONVERTED, hash_from_hex(topics[1]), account, recipient, burned, minted, settlement)


def _conversion_accepted(topics: list[str], data: bytes) -> Event:
    minted = int.from_bytes(data, "big")
    return Dealt(Dealing.ACCEPTED, hash_from_hex(topics[1]), recipient=_address(topics[2]), minted=minted)


def _collected(topics: list[str], data: bytes) -> Event:
    token, amount = _address(topics[1]), int.from_bytes(data, "big")
    return Dealt(Dealing.COLLECTED, account=_address(topics[2]), amount=amount, settlement_token=token)


def _given(text: str) -> Address | None:
    address = _address(text)
    return None if address == ZERO_ADDRESS else address


def _address(text: str) -> Address:
    return address_from_hex(text[-40:])


_ADDRESSES = Memo(_address, _REMEMBERED_MAX)
_TRANSFER_TEXT = "0x" + interface("PointsToken").topic("Transfer").hex()
_DECODERS: dict[str, _Decoder] = {
    "0x" + interface(contract).topic(event).hex(): decoder
    for contract, event, decoder in (
        ("PointsToken", "TransferredAtEpoch", _transferred_at_epoch),
        ("PointsToken", "TierChanged", _tier_changed),
        ("PointsToken", "LotsBurned", _lots(LotsCause.BURNED)),
        ("PointsToken", "LotsRestored", _lots(LotsCause.RESTORED)),
        ("PointsToken", "LotsMinted", _lots(LotsCause.MINTED)),
        ("PointsToken", "LotsClawedBack", _lots_clawed_back),
        ("PointsToken", "AccountFrozen", _account_frozen),
        ("PointsToken", "AccountUnfrozen", _account_unfrozen),
        ("PointsToken", "PartnerSet", _partner_set),
        ("PointsToken", "TransfersOpened", _program_changed("TransfersOpened")),
        ("PointsToken", "PauseSet", _program_changed("PauseSet")),
        ("PointsToken", "ContractURIUpdated", _program_changed("ContractURIUpdated")),
        ("EarningRules", "AwardRefused", _award_refused),
        ("EarningRules", "GroupAwarded", _group_awarded),
        ("EarningRules", "BatchAwarded", _batch_awarded),
        ("EarningRules", "AwardClawedBack", _award_clawed_back),
        ("EarningRules", "RuleSet", _rule_set),
        ("EarningRules", "ChangeCancelled", _change_cancelled),
        ("EarningRules", "NoticePeriodSet", _program_changed("NoticePeriodSet")),
        ("EarningRules", "IssuerCapSet", _program_changed("IssuerCapSet")),
        ("EarningRules", "EndSet", _program_changed("EndSet")),
        ("PartnerExchange", "AgreementSigned", _agreement_signed),
        ("PartnerExchange", "AgreementTerminated", _agreement_terminated),
        ("PartnerExchange", "Deposited", _escrow_changed(Dealing.DEPOSITED)),
        ("PartnerExchange", "Withdrawn", _escrow_changed(Dealing.WITHDRAWN)),
        ("PartnerExchange", "Converted", _converted),
        ("PartnerExchange", "ConversionAccepted", _conversion_accepted),
        ("PartnerExchange", "Collected", _collected),
    )
}

TOPICS = [_TRANSFER_TEXT, *_DECODERS]
"""For the node's log filter."""
