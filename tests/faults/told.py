"""What lives came to, for people and for programs."""

from __future__ import annotations

from collections import Counter

from tests.faults.life import Verdict


def told(verdict: Verdict) -> str:
    """A verdict in lines."""
    lines = [
        f"{'ok  ' if verdict.is_good else 'FAIL'} {verdict.schedule} | {verdict.receipts} receipts, "
        f"recovered in {verdict.recovery_seconds:.1f} s of {verdict.seconds:.1f} s"
    ]
    lines += [f"     process ended: {crash}" for crash in verdict.crashes]
    if not verdict.is_good:
        findings = verdict.findings
        lines += [f"     {line}" for line in verdict.trail]
        lines += [f"     {verdict.failure}"] if verdict.failure else []
        lines += [f"     {line}" for line in [*findings.lost, *findings.doubled, *findings.differences[:20]]]
        lines += [f"     again with: make faults SEED={verdict.seed}"]
    return "\n".join(lines)


def summary(verdicts: list[Verdict], seconds: float) -> dict[str, object]:
    """What all lives came to."""
    faults = sum((verdict.faults for verdict in verdicts), Counter())
    slowest: dict[str, float] = {}
    for verdict in verdicts:
        for kind in verdict.faults:
            slowest[kind] = round(max(slowest.get(kind, 0.0), verdict.recovery_seconds), 1)
    return {
        "seeds": len(verdicts),
        "faults": dict(sorted(faults.items())),
        "lost": sum(len(verdict.findings.lost) for verdict in verdicts),
        "doubled": sum(len(verdict.findings.doubled) for verdict in verdicts),
        "differences": sum(len(verdict.findings.differences) for verdict in verdicts),
        "failed": sorted(verdict.seed for verdict in verdicts if not verdict.is_good),
        "receipts": sum(verdict.receipts for verdict in verdicts),
        "crashes": sum(len(verdict.crashes) for verdict in verdicts),
        "slowest_recovery_s": max((round(verdict.recovery_seconds, 1) for verdict in verdicts), default=0.0),
        "slowest_resubmission_s": max((round(verdict.resubmission_seconds, 1) for verdict in verdicts), default=0.0),
        "slowest_recovery_s_by_fault": dict(sorted(slowest.items())),
        "seconds": round(seconds),
    }
