"""What befalls calls on their way to the node and back, and what lying nodes answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from tests.faults import lies
from tests.faults.databases import wait_for
from tests.faults.kinds.fault import Fault, pause, shopping
from tests.faults.proxy import SEND, Trouble
from tests.faults.world import World


async def _troubled(make: Callable[[World], Iterable[Trouble]], world: World) -> bool:
    troubles = list(make(world))
    with world.proxy.troubled(*troubles):
        await shopping(world, 6)
        await pause(world, 0.6)
        return await wait_for(lambda: any(trouble.hits for trouble in troubles), seconds=4)


def _trouble(kind: str, *methods: str, share: float = 0.6, **values: object) -> Callable[[World], list[Trouble]]:
    return lambda _: [Trouble(kind, frozenset(methods), share, **values)]  # type: ignore[arg-type]


async def _lagging(world: World) -> bool:
    """The node is one that has not heard of the last blocks."""
    await world.node.ensure_depth(4)
    head = await world.node.head() - world.chance.randint(1, 3)
    return await _troubled(lambda _: [Trouble("change", change=lies.lagging(head))], world)


_LOGS = ("eth_getLogs", "eth_getBlockReceipts")

FAULTS = [
    Fault("send_unanswered", partial(_troubled, _trouble("drop_after", SEND, share=1.0)), weight=3),
    Fault("send_lost", partial(_troubled, _trouble("drop_before", SEND, share=1.0))),
    Fault("delay", partial(_troubled, _trouble("delay", seconds=0.4))),
    Fault("dropped", partial(_troubled, _trouble("drop_before"))),
    Fault("unanswered", partial(_troubled, _trouble("drop_after"))),
    Fault("truncated", partial(_troubled, _trouble("truncate"))),
    Fault("garbled", partial(_troubled, _trouble("garble"))),
    Fault("reordered", partial(_troubled, _trouble("reorder", share=1.0))),
    Fault("http_413", partial(_troubled, _trouble("http_error", *_LOGS, status=413))),
    Fault("http_429", partial(_troubled, _trouble("http_error", status=429))),
    Fault("http_500", partial(_troubled, _trouble("http_error", status=500))),
    Fault("lagging_node", _lagging, weight=2),
    Fault("lie_chain", partial(_troubled, _trouble("rewrite", "eth_chainId", rewrite=lies.other_chain))),
    Fault("lie_logs_twice", partial(_troubled, _trouble("rewrite", *_LOGS, rewrite=lies.with_logs_twice))),
    Fault("lie_amounts", partial(_troubled, _trouble("rewrite", *_LOGS, rewrite=lies.wrong_amounts))),
    Fault("lie_hashes", partial(_troubled, _trouble("rewrite", rewrite=lies.wrong_hashes))),
    Fault("lie_nothing_known", partial(_troubled, _trouble("rewrite", rewrite=lies.nothing_known))),
    Fault("lie_nonce_high", partial(_troubled, _trouble("rewrite", share=0.3, rewrite=lies.raised_nonce(2)))),
    Fault("lie_nonce_low", partial(_troubled, _trouble("rewrite", share=0.3, rewrite=lies.raised_nonce(-2)))),
    Fault(
        "lie_logs_missing",
        partial(_troubled, lambda world: [Trouble("rewrite", share=0.7, rewrite=lies.without_logs(world.chance))]),
        weight=2,
    ),
]
