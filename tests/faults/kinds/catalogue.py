"""All kinds."""

from __future__ import annotations

from tests.faults.kinds import awards, blocks, calls, database, node, pool, processes

ALL = [fault for module in (processes, node, blocks, pool, calls, database, awards) for fault in module.FAULTS]
BY_KIND = {fault.kind: fault for fault in ALL}
