"""What a member redeemed: known by the index, told by the chain."""

from __future__ import annotations

import io

import segno

from tokenpoints.chain.vouchers import Voucher, holds, redeemed_in
from tokenpoints.domain.entries import EntryType
from tokenpoints.domain.instants import rfc3339
from tokenpoints.domain.types import Hash32, hex_of
from tokenpoints.errors import ChainRefused, ChainUnavailable, UnknownVoucher
from tokenpoints.gateway.answers.holdings import VoucherAnswer, VouchersAnswer
from tokenpoints.gateway.context import Context
from tokenpoints.gateway.cursors import cursor_of, numbers_in
from tokenpoints.gateway.principals import Whose
from tokenpoints.gateway.requests.persons import VouchersQuery
from tokenpoints.gateway.texts import time_at
from tokenpoints.members.lookup import person_with_id
from tokenpoints.statements.entries import Entry, cursor_numbers, entries_of, page_of, place_below
from tokenpoints.storage.database import Session
from tokenpoints.storage.ledger_reads import EntryFilter

_REDEMPTIONS = EntryFilter(types=frozenset({EntryType.REDEMPTION}))


async def vouchers(context: Context, whose: Whose, query: VouchersQuery) -> VouchersAnswer:
    """A page by redemption, newest first. Raises UnknownMember, InvalidCursor and ChainUnavailable."""
    before = place_below(*numbers_in("vouchers", query.cursor, 2)) if query.cursor is not None else None

    async def ask(session: Session) -> list[Entry]:
        person = await person_with_id(session, whose.program, whose.member_id)
        account, also = person.member.account, person.other_accounts
        limit = query.limit + 1 + len(also)
        return await entries_of(
            session, whose.program, account, before=before, limit=limit, only=_REDEMPTIONS, also=also
        )

    page, last = page_of(await context.read(ask), query.limit)
    return VouchersAnswer(
        vouchers=await voucher_answers(context, whose, page),
        next_cursor=cursor_of("vouchers", *cursor_numbers(last)) if last else None,
    )


async def voucher_answers(context: Context, whose: Whose, redemptions: list[Entry]) -> list[VoucherAnswer]:
    """The vouchers of these entries, by account. Those that went to a partner have none."""
    times = {entry.transaction_hash: entry.recorded_at for entry in redemptions}
    found = []
    for account in dict.fromkeys(entry.account for entry in redemptions):
        of_account = [entry.transaction_hash for entry in redemptions if entry.account == account]
        hashes = [Hash32(each) for each in dict.fromkeys(of_account) if each is not None]
        try:
            found += await redeemed_in(context.node, whose.program, account, hashes, now=context.clock())
        except ChainRefused as error:
            raise ChainUnavailable("the node does not tell of the redemptions") from error
    return [_answer(voucher, rfc3339(times[voucher.transaction_hash])) for voucher in found]


async def qr_svg(context: Context, whose: Whose, voucher: int) -> str:
    """A voucher's asset id (CAIP-19) as a QR code. Raises UnknownMember, UnknownVoucher and ChainUnavailable."""
    program = whose.program
    person = await context.read(lambda session: person_with_id(session, program, whose.member_id))
    held = [await holds(context.node, program, each.account, voucher) for each in person.everyone]
    if not any(held):
        raise UnknownVoucher(voucher)
    contract = hex_of(program.contracts.vouchers.address)
    image = io.BytesIO()
    name = f"eip155:{context.deployment.chain_id}/erc1155:{contract}/{voucher}"
    segno.make_qr(name, error="m").save(image, kind="svg", scale=8, border=4, light="#fff")
    return image.getvalue().decode()


def _answer(voucher: Voucher, redeemed_at: str) -> VoucherAnswer:
    return VoucherAnswer(
        id=str(voucher.id),
        reward=voucher.reward,
        kind=voucher.kind,
        state=voucher.state,
        quantity=voucher.quantity,
        left=voucher.left,
        use_count=voucher.use_count,
        number=voucher.number or None,
        points=str(voucher.points),
        soulbound=voucher.soulbound,
        redeemed_at=redeemed_at,
        expires_at=time_at(voucher.expires_at),
        transaction_hash=hex_of(voucher.transaction_hash),
    )
