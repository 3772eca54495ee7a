"""Members who act, and the custodian's operator that does it, on a real node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from tests.integration.conftest import World
from tests.integration.operating import REWARDS, Brand, reward
from tests.support.keys import bearing
from tokenpoints.domain.types import Address, address_from_hex


def signature_of(key: LocalAccount, typed: Any) -> str:
    """As a wallet signs EIP-712 data."""
    return "0x" + bytes(key.sign_message(encode_typed_data(full_message=typed)).signature).hex()


@dataclass
class Customer:
    """A member with a token, who may have claimed the account."""

    club: Club
    id: str
    account: Address
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, what: str, body: object, *, expect: int = 202, **more: Any) -> Any:
        """The answer to `POST /v1/me/…`."""
        headers = self.headers | more.pop("headers", {})
        answer = await self.club.world.http.post(f"/v1/me/{what}", json=body, params=more, headers=headers)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def dry(self, what: str, body: object, *, expect: int = 200) -> Any:
        return await self.ask(what, body, expect=expect, dry_run="true")

    async def ask_signed(self, key: LocalAccount, what: str, body: dict[str, Any], *, expect: int = 202) -> Any:
        """The same, once the key has signed what a dry run says."""
        return await self.ask(what, body | {"signed": await self.signed(key, what, body)}, expect=expect)

    async def signed(self, key: LocalAccount, what: str, body: dict[str, Any]) -> Any:
        typed = (await self.dry(what, body))["to_sign"]
        return {"typed_data": typed, "signature": signature_of(key, typed)}

    async def see(self, action: Any) -> Any:
        answer = await self.club.world.http.get(f"/v1/me/actions/{action['id']}", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def token(self, **said: Any) -> dict[str, str]:
        """The headers of a new token."""
        answer = await self.club.world.http.post(f"/v1/programs/demo/members/{self.id}/tokens", json=said)
        assert answer.status_code == 201, answer.text
        return bearing(answer.json()["token"])

    async def claim(self, key: LocalAccount) -> Any:
        """The account is the key's."""
        self.headers = await self.token(step_up={"kind": "claim"})
        asked = await self.ask_signed(key, "claim", {"member": key.address})
        await self.club.work()
        self.headers = await self.token()
        return await self.see(asked)

    async def balance(self) -> int:
        return await self.club.world.balance_on_chain(self.account)


@dataclass
class Club:
    """The demo program with its two operators."""

    world: World
    owner: Brand
    custodian: Brand

    @classmethod
    async def opened(cls, world: World) -> Club:
        club = cls(world, Brand(world), Brand(world, role="custodian"))
        for each in (club.owner, club.custodian):
            await each.operator.step()
        return club

    async def work(self) -> None:
        await self.custodian.work()

    async def add_reward(self, **changes: Any) -> int:
        """The number of a new reward: a coffee for 100 points, ten of them."""
        await self.owner.done(await self.owner.ask("POST", "rewards", reward(**changes)))
        count: int = await self.owner.read(REWARDS, "rewardCount")
        return count

    async def customers(self, **points: int) -> list[Customer]:
        """Members with these points."""
        for name, count in points.items():
            await self.world.enrol(name)
            if count:
                await self.world.buy(name, count * 100, f"r-{name}")
        await self.world.settle()
        return [await self._customer(name) for name in points]

    async def _customer(self, name: str) -> Customer:
        found = await self.world.http.get("/v1/programs/demo/members", params={"customer_id": name})
        [member] = found.json()["members"]
        customer = Customer(self, member["id"], address_from_hex(member["account"]))
        customer.headers = await customer.token()
        return customer
