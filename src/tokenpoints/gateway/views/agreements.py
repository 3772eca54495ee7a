"""Agreements as callers see them: terms, rates in words, quotes and positions."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from tokenpoints.chain.exchanges import ExchangeReads, Partner
from tokenpoints.domain.agreements import Agreement, exact_minted, price_of, settled
from tokenpoints.domain.points import POINTS_MAX
from tokenpoints.domain.programs import Program
from tokenpoints.domain.types import Address, Hash32, address_from_hex, hex_of
from tokenpoints.errors import ChainUnavailable, UnknownAgreement
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.language import translated
from tokenpoints.gateway.partner_answers import (
    AgreementAnswer,
    NetAnswer,
    PartnerAnswer,
    PartyAnswer,
    PositionAnswer,
    PostedRateAnswer,
    QuoteAnswer,
    RateAnswer,
    RoundingAnswer,
    SettlementAnswer,
    SignatureAnswer,
)
from tokenpoints.gateway.texts import checksummed, time_at
from tokenpoints.languages import Language
from tokenpoints.partners import agreements
from tokenpoints.partners.agreements import AgreementView, Known
from tokenpoints.partners.discovery import Discovery, Found
from tokenpoints.statements.partnership import book_of, collected_at, position_at
from tokenpoints.storage import checkpoints
from tokenpoints.storage.agreements import Signature
from tokenpoints.storage.database import Session

RATE_OUT = "%(source)s of ours become %(target)s of theirs"
RATE_IN = "%(source)s of theirs become %(target)s of ours"
RATE = "%(source)s %(source_symbol)s become %(target)s %(target_symbol)s"
EXACT = "Nothing is rounded."
ROUNDED = (
    "What is minted is rounded down to %(minted)s, and no more is burned than that costs: %(left)s stay with the "
    "member. What the burned points are worth beyond that, less than one point, favours the programs."
)
TEXTS = (RATE_OUT, RATE_IN, RATE, EXACT, ROUNDED)
"""What has to be translated."""


async def known(context: Context, program: Program, agreement_id: Hash32, counterpart: str | None = None) -> Known:
    """By the signatures that were read, or as a `counterpart` proposes it. Raises UnknownAgreement."""
    found = await context.read(lambda session: agreements.indexed(session, program, agreement_id))
    if found is not None:
        return found
    if counterpart is None:
        raise UnknownAgreement(hex_of(agreement_id))
    return await agreements.signed_elsewhere(context.node, program, agreement_id, address_from_hex(counterpart))


async def view(context: Context, program: Program, agreement_id: Hash32, counterpart: str | None) -> AgreementView:
    """How an agreement stands. Raises UnknownAgreement, ChainUnavailable."""
    (found,) = await agreements.views_of(
        context.node, program, [await known(context, program, agreement_id, counterpart)]
    )
    return found


def agreement_answer(program: Program, seen: AgreementView, language: Language) -> AgreementAnswer:
    """One agreement."""
    agreement, standing = seen.known.agreement, seen.standing
    ends = [end for end in (standing.ends_at_source, standing.ends_at_target) if end]
    return AgreementAnswer(
        id=hex_of(agreement.id),
        direction="out" if seen.is_out else "in",
        state=seen.state,
        partner=_party(seen.partner),
        rate=_rate(agreement, program, seen, language),
        quota=str(agreement.quota),
        quota_window_seconds=agreement.quota_window_seconds,
        quota_left=str(standing.quota_left),
        opens_at=time_at(agreement.opens_at),
        closes_at=time_at(agreement.closes_at),
        ends_at=time_at(min(ends, default=agreement.closes_at)),
        settlement=str(agreement.settlement),
        settlement_token=_address(agreement.settlement_token),
        beneficiary=_address(agreement.beneficiary),
        escrow=str(standing.escrow),
        terms_hash=hex_of(agreement.terms_hash),
        signed_by_us=_signature(seen.known.ours),
        signed_by_them=_signature(seen.known.theirs),
        explorer=f"/address/{checksummed(agreement.source)}",
        block_number=seen.block.number,
        block_hash=hex_of(seen.block.hash),
    )


def quote_answer(program: Program, seen: AgreementView, points: int, language: Language) -> QuoteAnswer:
    """What a conversion of so many points would do now."""
    agreement, standing = seen.known.agreement, seen.standing
    price = price_of(agreement, points, burned_before=standing.burned)
    hindrance = standing.hindrance(price)
    lost = exact_minted(agreement, price.burned) - price.minted
    left_over = points - price.burned
    target_decimals = seen.partner.decimals if seen.is_out else program.decimals
    source_decimals = program.decimals if seen.is_out else seen.partner.decimals
    text = translated(EXACT, language)
    if lost or left_over:
        text = translated(ROUNDED, language) % {
            "minted": _amount(price.minted, target_decimals, language),
            "left": _amount(left_over, source_decimals, language),
        }
    is_live = standing.ends_at_source and standing.ends_at_target and standing.rate_holds_until > standing.timestamp
    return QuoteAnswer(
        agreement=hex_of(agreement.id),
        points=str(points),
        burned=str(price.burned),
        minted=str(price.minted),
        settlement=str(price.settlement),
        settlement_token=_address(agreement.settlement_token),
        rate=_rate(agreement, program, seen, language),
        rounding=RoundingAnswer(
            left_over=str(left_over),
            minted_exact=_fraction(exact_minted(agreement, points)),
            lost=_fraction(lost),
            favours="programs" if lost else "nobody",
            text=text,
        ),
        possible=hindrance is None,
        hindrance=hindrance,
        expires_at=time_at(standing.rate_holds_until) if is_live else None,
        reserved=False,
        block_number=seen.block.number,
        block_hash=hex_of(seen.block.hash),
        block_time=time_at(seen.block.timestamp),
    )


def partner_answers(program: Program, discovery: Discovery, language: Language) -> list[PartnerAnswer]:
    """Partners and what they posted."""
    return [_partner(program, discovery, found, language) for found in discovery.found]


async def settlement(context: Context, program: Program, agreement_id: Hash32) -> SettlementAnswer:
    """Where everything with one partner stands, at the last block that was read. Raises UnknownAgreement."""
    this = await known(context, program, agreement_id)
    exchange = program.contracts.exchange.address
    counterpart = this.agreement.counterpart_of(exchange)

    async def ask(session: Session) -> tuple[list[Known], checkpoints.Checkpoint | None]:
        return await agreements.of_program(session, program), await checkpoints.latest(session)

    every, checkpoint = await context.read(ask)
    if checkpoint is None:
        raise ChainUnavailable("nothing was read from the chain yet")
    others = [each for each in every if each.agreement.counterpart_of(exchange) == counterpart and each != this]
    with_partner = [this, *others]
    block = await context.node.block(checkpoint.block_number)
    if block is None or block.hash != checkpoint.block_hash:
        raise ChainUnavailable("the chain is being read anew")
    reads = ExchangeReads(context.node, block.hash)
    standings = await reads.standings([each.agreement for each in with_partner], timestamp=block.timestamp)
    (partner,) = await reads.partners([counterpart])

    async def ask_logged(session: Session) -> list[tuple[int | None, int | None]]:
        return [await _logged(session, context, each, checkpoint.block_number) for each in with_partner]

    positions = []
    logged = await context.read(ask_logged)
    for each, standing, (minted, collected) in zip(with_partner, standings, logged, strict=True):
        agreement = each.agreement
        positions.append(
            PositionAnswer(
                agreement=hex_of(agreement.id),
                direction="out" if agreement.source == exchange else "in",
                state=standing.state_for(exchange),
                burned=str(standing.burned),
                minted=None if minted is None else str(minted),
                settled=str(settled(agreement, standing.burned)),
                settlement_token=_address(agreement.settlement_token),
                beneficiary=_address(agreement.beneficiary),
                escrow_free=str(standing.escrow),
                owed=str(standing.owed),
                collected=None if collected is None else str(collected),
            )
        )
    return SettlementAnswer(
        partner=_party(partner),
        positions=positions,
        net=_net(positions),
        block_number=block.number,
        block_hash=hex_of(block.hash),
    )


def sides_of(context: Context, agreement: Agreement) -> dict[Address, Program]:
    """The programs of an agreement that are served here, by their exchange."""
    exchanges = {each.contracts.exchange.address: each for each in context.deployment.programs.values()}
    return {side: exchanges[side] for side in (agreement.source, agreement.target) if side in exchanges}


async def _logged(session: Session, context: Context, each: Known, last_block: int) -> tuple[int | None, int | None]:
    """Points minted, and what the beneficiary collected, as far as logs of either are read here."""
    sides = sides_of(context, each.agreement)
    source, target = sides.get(each.agreement.source), sides.get(each.agreement.target)
    signed = {signature.program for signature in (each.ours, each.theirs) if signature is not None}
    source_slug = source.slug if source is not None and source.slug in signed else None
    target_slug = target.slug if target is not None and target.slug in signed else None
    if source_slug is None and target_slug is None:
        return None, None
    book = await book_of(session, each.agreement, source=source_slug, target=target_slug)
    position = await position_at(session, book, last_block)
    return position.minted, await collected_at(session, book, last_block) if book.is_source else None


def _net(positions: Sequence[PositionAnswer]) -> list[NetAnswer]:
    # What a source owes in a token to one beneficiary stands with each of their agreements.
    owed: dict[tuple[str, str, str], int] = {}
    for each in positions:
        if each.settlement_token is not None and each.beneficiary is not None:
            owed[each.settlement_token, each.direction, each.beneficiary] = int(each.owed)
    answers = []
    for token in dict.fromkeys(token for token, _, _ in owed):
        ours, theirs = (
            sum(amount for (named, direction, _), amount in owed.items() if (named, direction) == (token, wanted))
            for wanted in ("out", "in")
        )
        answers.append(
            NetAnswer(settlement_token=token, we_owe=str(ours), they_owe=str(theirs), net=str(theirs - ours))
        )
    return answers


def _partner(program: Program, discovery: Discovery, found: Found, language: Language) -> PartnerAnswer:
    us, partner = discovery.us, found.partner
    posted = None
    if found.posted is not None:
        sides = {us.exchange: us, partner.exchange: partner}
        posted = []
        for each in found.posted:
            both = sides | {each.other.exchange: each.other}
            agreement = each.agreement
            posted.append(
                PostedRateAnswer(
                    agreement=hex_of(agreement.id),
                    with_us=each.with_us,
                    source=checksummed(agreement.source),
                    target=checksummed(agreement.target),
                    rate=_rate_between(
                        both[agreement.source],
                        both[agreement.target],
                        agreement.source_points,
                        agreement.target_points,
                        _template(us.exchange, agreement) if each.with_us else RATE,
                        language,
                    ),
                    settlement=str(agreement.settlement),
                    settlement_token=_address(agreement.settlement_token),
                    state=each.state,
                )
            )
    return PartnerAnswer(
        **dict(_party(partner)),
        par_value=str(partner.par_value),
        rate_at_par_out=_at_par(us, partner, RATE_OUT, language),
        rate_at_par_in=_at_par(partner, us, RATE_IN, language),
        posted=posted,
    )


def _at_par(source: Partner, target: Partner, template: str, language: Language) -> RateAnswer:
    # So many points of the target are worth at par what one of the source is.
    rate = Fraction(source.par_value, target.par_value)
    # An agreement has no room for larger numbers, and must not be above par for being rounded.
    shrunk = max(1, -(-max(rate.numerator, rate.denominator) // POINTS_MAX))
    source_points, target_points = -(-rate.denominator // shrunk), rate.numerator // shrunk
    return _rate_between(source, target, source_points, target_points, template, language)


def _rate(agreement: Agreement, program: Program, seen: AgreementView, language: Language) -> RateAnswer:
    us = Partner(
        program.contracts.exchange.address,
        program.contracts.token.address,
        program.name,
        program.symbol,
        program.decimals,
        0,
    )
    source, target = (us, seen.partner) if seen.is_out else (seen.partner, us)
    template = RATE_OUT if seen.is_out else RATE_IN
    return _rate_between(source, target, agreement.source_points, agreement.target_points, template, language)


def _rate_between(
    source: Partner, target: Partner, source_points: int, target_points: int, template: str, language: Language
) -> RateAnswer:
    return RateAnswer(
        source_points=str(source_points),
        target_points=str(target_points),
        fraction=_fraction(Fraction(target_points, source_points)),
        text=translated(template, language)
        % {
            "source": _amount(source_points, source.decimals, language),
            "target": _amount(target_points, target.decimals, language),
            "source_symbol": source.symbol,
            "target_symbol": target.symbol,
        },
    )


def _template(exchange: Address, agreement: Agreement) -> str:
    return RATE_OUT if agreement.source == exchange else RATE_IN


def _party(partner: Partner) -> PartyAnswer:
    return PartyAnswer(
        exchange=checksummed(partner.exchange),
        token=checksummed(partner.token),
        name=partner.name,
        symbol=partner.symbol,
        decimals=partner.decimals,
    )


def _signature(signature: Signature | None) -> SignatureAnswer | None:
    if signature is None:
        return None
    transaction = hex_of(signature.transaction_hash)
    return SignatureAnswer(
        block_number=signature.block_number, transaction_hash=transaction, explorer=f"/tx/{transaction}"
    )


def _amount(base_units: int, decimals: int, language: Language) -> str:
    return format_decimal(Decimal(base_units).scaleb(-decimals), locale=language.locale)


def _fraction(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def _address(address: Address | None) -> str | None:
    return None if address is None else checksummed(address)
