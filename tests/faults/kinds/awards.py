"""Awards that a batch reverts for."""

from __future__ import annotations

from tests.faults import lies
from tests.faults.databases import wait_for
from tests.faults.kinds.fault import Fault, shopping
from tests.faults.proxy import Trouble
from tests.faults.world import World


async def _poison(world: World) -> bool:
    """The node says that what has one account in it reverts. The awards are set aside, and retried by hand."""
    customer = world.chance.choice(sorted(world.shop.accounts))
    receipt = world.shop.purchase()
    receipt.customer = customer
    dead: list[tuple[str]] = []

    def is_dead() -> bool:
        dead[:] = world.database.rows("SELECT id FROM awards JOIN dead_letters ON award_seq = seq")
        return bool(dead)

    with world.proxy.troubled(Trouble("rewrite", rewrite=lies.reverting_for(world.shop.accounts[customer]))):
        await world.shop.send(receipt)
        await shopping(world, 3)
        took_effect = await wait_for(is_dead, seconds=6)
    for (award,) in dead:
        await world.shop.retry(award)
    return took_effect


FAULTS = [Fault("poison", _poison, weight=2)]
