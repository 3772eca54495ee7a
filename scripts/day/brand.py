"""A program, as the people who run it use it: by the gateway's API and by commands."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from scripts.day.stage import Stage, key_of
from tokenpoints.domain.instants import rfc3339

_DONE = ("confirmed", "finalized")
_LONG_AGO = "2000-01-01T00:00:00Z"
PURCHASES, REFERRALS, BY_HAND = 1, 2, 3


@dataclass
class Brand:
    """A program that the gateway serves."""

    stage: Stage
    slug: str
    name: str
    issuer: str
    """The development key that mints."""

    @classmethod
    def create(cls, stage: Stage, slug: str, name: str, symbol: str, issuer: str) -> Brand:
        """A new program: a point for each dollar, 50 for both sides of a referral, a day's notice of what is worse."""
        common: dict[str, Any] = {
            "opens_at": _LONG_AGO,
            "cap_per_award": 10_000,
            "budget": 10_000_000,
            "budget_window_seconds": 2_592_000,
        }
        program = {
            "slug": slug,
            "name": name,
            "symbol": symbol,
            "decimals": 0,
            "currency": {"code": "USD", "exponent": 2},
            "accent": "#335577",
            "epoch_days": 91,
            "tier_period_epochs": 4,
            "transfer_policy": "members",
            "notice_period_days": 1,
            "look_back_days": 60,
            "issuer_cap": 10_000_000,
            "rules": [
                common
                | {"id": PURCHASES, "name": "Everyday", "earns_on": "purchase", "rate": "1/100"}
                | {"terms_document": "A point for each whole dollar."},
                common
                | {"id": REFERRALS, "name": "Friends", "earns_on": "referral", "fixed_points": 50}
                | {"terms_document": "50 points for a friend who buys."},
                common
                | {"id": BY_HAND, "name": "By hand", "earns_on": "adjustment", "rate": "1/1"}
                | {"terms_document": "Points that the brand gives or gives back."},
            ],
        }
        keys = {"issuer": key_of(issuer), "custodian": key_of("custodian")}
        stage.call("POST", "/v1/programs", {"program": program, "keys": keys})
        made = cls(stage, slug, name, issuer)
        stage.until(made._is_served, f"{slug} is served")
        return made

    def _is_served(self) -> bool:
        answer = self.stage.http.get(f"/v1/programs/{self.slug}")
        return answer.status_code == 200 and all(rule["terms"] is not None for rule in answer.json()["rules"])

    def at(self, path: str) -> str:
        return f"/v1/programs/{self.slug}/{path}" if path else f"/v1/programs/{self.slug}"

    def get(self, path: str, **query: Any) -> Any:
        return self.stage.call("GET", self.at(path), **query)

    def post(self, path: str, body: object = None, **more: Any) -> Any:
        return self.stage.call("POST", self.at(path), body, **more)

    def put(self, path: str, body: object, **more: Any) -> Any:
        return self.stage.call("PUT", self.at(path), body, **more)

    def operate(self, method: str, path: str, body: object = None) -> Any:
        """A change on the chain, once a block has it."""
        asked = self.stage.call(method, self.at(path), body)
        return self.stage.until(lambda: self._made(f"operations/{asked['id']}"), f"{self.slug}: {path} is made")

    def _made(self, path: str) -> Any:
        found = self.get(path)
        if found["state"] == "failed":
            raise SystemExit(f"{self.slug}: {path} failed: {found}")
        return found if found["state"] in _DONE else None

    @property
    def contracts(self) -> dict[str, str]:
        """Addresses by name."""
        found: dict[str, str] = self.get("")["contracts"]
        return found

    def import_members(self, customers: Iterable[str]) -> str:
        """By the command, from a CSV file. What it says of them."""
        path = self.stage.folder / f"{self.slug}-members.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["customer_id"])
            rows.writerows([each] for each in customers)
        done = self.stage.system.run(
            "import", "members", str(path), "--program", self.slug, "--gateway", self.stage.system.gateway, timeout=120
        )
        if done.returncode != 0:
            raise SystemExit(f"{self.slug}: the import of members failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def record(self, customer: str, reference: str, cents: int, at: datetime, **more: Any) -> Any:
        """A purchase."""
        body = {
            "reference": reference,
            "customer_id": customer,
            "kind": "purchase",
            "amount": cents,
            "occurred_at": rfc3339(at),
        }
        return self.post("receipts", body | more)

    def settle(self) -> None:
        """Wait until no award is on its way."""
        self.stage.until(lambda: self.get("awards/summary")["pending"] == 0, f"{self.slug}: awards are minted")

    def all_of(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of a list, over its pages."""
        name, found, cursor = path.rsplit("/", 1)[-1], [], None
        while True:
            page = self.get(path, limit=100, **query, **({"cursor": cursor} if cursor else {}))
            found += page[name]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def person(self, customer: str) -> Person:
        """A member by their customer id."""
        (member,) = self.get("members", customer_id=customer)["members"]
        return Person(self, customer, member["id"], member["account"])


@dataclass
class Person:
    """A member, by the app on their phone; with a key of their own once they have claimed their account."""

    brand: Brand
    customer: str
    id: str
    account: str
    key: LocalAccount | None = None

    @property
    def points(self) -> int:
        """Live now."""
        return int(self.brand.get(f"members/{self.id}/balance")["active"])

    def token(self, **said: Any) -> str:
        """What the brand's app asks for, for this customer."""
        return str(self.brand.post(f"members/{self.id}/tokens", said)["token"])

    def act(self, what: str, body: dict[str, Any], **step_up: Any) -> Any:
        """`POST /v1/me/…`, once a block has it; signed where the account is the member's own."""
        stage, token = self.brand.stage, self.token(**step_up)
        if self.key is not None:
            plan = stage.call("POST", f"/v1/me/{what}", body, token=token, dry_run="true")
            body = body | {"signed": {"typed_data": plan["to_sign"], "signature": self._signature(plan["to_sign"])}}
        asked = stage.call("POST", f"/v1/me/{what}", body, token=token)
        return stage.until(lambda: self._done(asked["id"]), f"{self.customer}: {what}")

    def claim(self) -> Any:
        """The account is a new key's from now on."""
        self.key = Account.create()
        return self.act("claim", {"member": self.key.address}, step_up={"kind": "claim"})

    def _signature(self, typed: Any) -> str:
        assert self.key is not None
        return "0x" + bytes(self.key.sign_message(encode_typed_data(full_message=typed)).signature).hex()

    def _done(self, action: str) -> Any:
        found = self.brand.stage.call("GET", f"/v1/me/actions/{action}", token=self.token())
        if found["state"] == "failed":
            raise SystemExit(f"{self.customer}: {found}")
        return found if found["state"] in _DONE else None


def in_time(at: datetime, **passed: Any) -> str:
    """A moment later, in whole seconds."""
    return rfc3339((at + timedelta(**passed)).replace(microsecond=0))
