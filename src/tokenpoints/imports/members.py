"""An import of members: every customer of a file, enrolled once."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import cast

from tokenpoints.client import Client
from tokenpoints.client.models import EnrolledAnswer, MembersToEnrol
from tokenpoints.errors import GatewayRefused
from tokenpoints.imports.checkpoint import CheckpointFile, Progress
from tokenpoints.imports.reading import identifier_of, shown
from tokenpoints.imports.report import RejectionReport
from tokenpoints.imports.rows import PurchaseFile, RawRow, Rejected

BATCH_SIZE = 5_000
_POINTER = re.compile(r"/customer_ids/(\d+)")


@dataclass(frozen=True, slots=True)
class Customer:
    """A row that can be sent."""

    row: int
    line: int
    customer_id: str


@dataclass(frozen=True, slots=True)
class MemberImport:
    """One file on its way to one program. Of the progress, `recorded` counts who became a member, `replayed` who was
    one already, also by an earlier row."""

    file: PurchaseFile
    column: str
    client: Client
    program: str
    checkpoint: CheckpointFile
    report: RejectionReport
    progress: Progress

    def run(self) -> Iterator[Progress]:
        """Enrol who is not enrolled yet, in batches; the progress after each.

        Raises UnreadableFile, GatewayUnreachable, GatewayRefused. Who was enrolled stays so, and another run goes on
        after them.
        """
        # A file that is left half-read is closed at once.
        with closing(cast(Generator[RawRow, None, None], self.file.rows([self.column]))) as every:
            rows = islice(every, self.progress.rows_done, None)
            while batch := list(islice(rows, BATCH_SIZE)):
                self._send(batch)
                yield self.progress
        self.progress.finished = True
        self.checkpoint.save(self.progress)
        yield self.progress

    def _send(self, batch: Sequence[RawRow]) -> None:
        read = [self._read(row) for row in batch]
        rejected = [outcome for outcome in read if isinstance(outcome, Rejected)]
        customers = [outcome for outcome in read if isinstance(outcome, Customer)]
        members, refused = self._enrolled(customers)
        rejected = sorted([*rejected, *refused], key=lambda row: row.row)
        progress = self.progress
        created = sum(member.created for member in members)
        progress.rows_done += len(batch)
        progress.recorded += created
        progress.replayed += len(members) - created
        progress.rejected += len(rejected)
        self.report.add(rejected)
        progress.report_bytes = self.report.size
        self.checkpoint.save(progress)

    def _read(self, row: RawRow) -> Customer | Rejected:
        if row.fault is not None:
            return Rejected(row.number, row.line, "", shown(row.text), row.fault)
        value = row.values[self.column]
        try:
            return Customer(row.number, row.line, identifier_of(value))
        except ValueError as error:
            return Rejected(row.number, row.line, self.column, shown(value), str(error))

    def _enrolled(self, customers: Sequence[Customer]) -> tuple[list[EnrolledAnswer], list[Rejected]]:
        """Whom the gateway does not take is set aside, the rest enrolled."""
        rejected: list[Rejected] = []
        waiting = list(customers)
        while waiting:
            try:
                body = MembersToEnrol(customer_ids=[each.customer_id for each in waiting])
                return self.client.enrol_members(self.program, body).members, rejected
            except GatewayRefused as refusal:
                refused = {
                    int(match[1]): detail
                    for pointer, detail in refusal.faults
                    if (match := _POINTER.match(pointer)) and int(match[1]) < len(waiting)
                }
                if not refused:
                    raise
                rejected += [
                    Rejected(waiting[at].row, waiting[at].line, self.column, shown(waiting[at].customer_id), detail)
                    for at, detail in refused.items()
                ]
                waiting = [each for at, each in enumerate(waiting) if at not in refused]
        return [], rejected
