"""An import from its first row to its last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tokenpoints.client import Client
from tokenpoints.client.models import RecordedReceiptAnswer
from tokenpoints.errors import UnclearMapping
from tokenpoints.imports.checkpoint import CheckpointFile, Progress
from tokenpoints.imports.pacing import Pace
from tokenpoints.imports.reading import RowReader
from tokenpoints.imports.report import RejectionReport
from tokenpoints.imports.rows import Outcome, Purchase, PurchaseFile, Rejected, ZeroAmount
from tokenpoints.imports.sending import Sender, Sent

BATCH_SIZE = 2_000
_TRIAL_COUNT = 1_000
_REJECTED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Import:
    """One file on its way to one program."""

    file: PurchaseFile
    reader: RowReader
    client: Client
    program: str
    checkpoint: CheckpointFile
    report: RejectionReport
    progress: Progress
    pace: Pace | None = None
    """None where the chain is not waited for."""

    def check_beginning(self) -> None:
        """Read the first rows without sending them. Raises UnclearMapping where none makes sense:
        then it is the options that are wrong, and not the rows."""
        outcomes = list(islice(self._outcomes(), _TRIAL_COUNT))
        rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
        if rejected and len(rejected) == len(outcomes):
            shown = "; ".join(
                f"line {row.line}: {row.column or 'row'} {row.value!r} {row.reason}"
                for row in rejected[:_REJECTED_SHOWN]
            )
            raise UnclearMapping(f"none of the first {len(outcomes)} rows can be imported: {shown}")

    def run(self) -> Iterator[Progress]:
        """Send what is not sent yet, in batches; the progress after each.

        Raises UnreadableFile, GatewayUnreachable, GatewayRefused. What was sent stays recorded, and
        another run goes on after it.
        """
        sender = Sender(self.client, self.program)
        if self.progress.rows_done == 0:
            self.progress.refused_before = dict(self.client.count_awards(self.program).refused_by_reason)
        for batch in _batches(islice(self._outcomes(), self.progress.rows_done, None)):
            if self.pace is not None:
                self.pace.hold()
            sent = self._send(sender, batch)
            if self.pace is not None:
                self.pace.count(sent.receipts)
            yield self.progress
        self.progress.finished = True
        self.checkpoint.save(self.progress)
        yield self.progress

    def _outcomes(self) -> Iterator[Outcome]:
        return map(self.reader.read, self.file.rows(self.reader.mapping.columns))

    def _send(self, sender: Sender, batch: Sequence[Outcome]) -> Sent:
        sent = sender.send([outcome for outcome in batch if isinstance(outcome, Purchase)])
        rejected = [outcome for outcome in batch if isinstance(outcome, Rejected)] + sent.rejected
        rejected.sort(key=lambda row: row.row)
        progress = self.progress
        _count(progress, sent)
        progress.rows_done += len(batch)
        progress.zero += sum(isinstance(outcome, ZeroAmount) for outcome in batch)
        progress.rejected += len(rejected)
        self.report.add(rejected)
        progress.report_bytes = self.report.size
        self.checkpoint.save(progress)
        return sent


def _count(progress: Progress, sent: Sent) -> None:
    replayed = sum(receipt.replayed for receipt in sent.receipts)
    progress.recorded += len(sent.receipts) - replayed
    progress.replayed += replayed + sent.repeated
    progress.amount += sent.amount
    progress.members_created += sent.members_created
    for receipt in sent.receipts:
        for award in receipt.awards:
            progress.awards += 1
            progress.points_expected += int(award.points_expected)
        _remember_last(progress, receipt)


def _remember_last(progress: Progress, receipt: RecordedReceiptAnswer) -> None:
    # Awards reach the chain in the order in which they were recorded, so the newest is the one to wait for.
    if receipt.awards and (not receipt.replayed or not progress.last_award_is_new):
        progress.last_award = receipt.awards[-1].id
        progress.last_award_is_new = not receipt.replayed


def _batches(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    iterator = iter(outcomes)
    while batch := list(islice(iterator, BATCH_SIZE)):
        yield batch
