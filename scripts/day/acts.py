"""The acts of the day, in order. Each does what it tells, and tells where to look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rich.console import Console

from scripts.day.baskets import Basket, baskets
from scripts.day.brand import PURCHASES, Brand, Person, in_time
from scripts.day.stage import Stage, calldata, key_of

GROCER_STORE, PANTRY_STORE = 367, 361
_NOTICE = timedelta(days=1)
_FUNDS = 1_000_000
"""Of the settlement money, in its smallest unit."""


@dataclass
class Day:
    """Who plays, and what happened so far."""

    stage: Stage
    console: Console
    receipts: int = 0
    agreements: list[tuple[Brand, Brand, str]] = field(default_factory=list)
    grocer: Brand = field(init=False)
    pantry: Brand = field(init=False)
    miles: Brand = field(init=False)
    custodied: Person = field(init=False)
    """Of the grocer's, who never has a key."""
    holder: Person = field(init=False)
    """Of the grocer's, who claims the account."""
    traveller: Person = field(init=False)
    """The same person as `holder`, at the partner's."""
    all_baskets: list[Basket] = field(init=False)
    money: str = field(init=False)
    """The token in which the partners settle."""

    @property
    def brands(self) -> list[Brand]:
        return [self.grocer, self.pantry, self.miles]

    def play(self) -> None:
        """All of it."""
        for act in (
            self.programs,
            self.members,
            self.week,
            self.friends,
            self.returned,
            self.redeemed,
            self.claimed,
            self.converted,
            self.settled,
            self.announced,
            self.a_day_later,
            self.erased,
            self.ended,
        ):
            title = (act.__doc__ or "").strip()
            self.console.print(f"\n[bold]{title}[/bold]")
            act()

    def tell(self, text: str, page: str | None = None) -> None:
        link = "" if page is None else f"  {self.stage.system.explorer}{page}"
        self.console.print(f"  {text}{link}", highlight=False, soft_wrap=True)

    def programs(self) -> None:
        """Two brands and a partner create their programs."""
        self.grocer = Brand.create(self.stage, "grocer", "Hilltop Grocer", "HILL", "issuer-2")
        self.pantry = Brand.create(self.stage, "pantry", "Corner Pantry", "CORNER", "issuer-3")
        self.miles = Brand.create(self.stage, "skyway", "Skyway Miles", "SKY", "issuer-4")
        for brand in self.brands:
            self.tell(f"{brand.name}: {brand.contracts['token']}", f"/address/{brand.contracts['token']}")

    def members(self) -> None:
        """Members are imported."""
        self.all_baskets = baskets(self.stage.now)
        for brand, store in ((self.grocer, GROCER_STORE), (self.pantry, PANTRY_STORE)):
            customers = sorted({basket.customer for basket in self.all_baskets if basket.store == store})
            brand.import_members(customers)
            found = brand.all_of("members")
            if len(found) != len(customers):
                raise SystemExit(f"{brand.slug}: {len(found)} members of {len(customers)} rows")
            self.tell(f"{brand.name}: {len(found)} households")

    def week(self) -> None:
        """A week of baskets becomes points."""
        for brand, store in ((self.grocer, GROCER_STORE), (self.pantry, PANTRY_STORE)):
            bought = [basket for basket in self.all_baskets if basket.store == store]
            first = brand.post("receipts/bulk", {"receipts": [self._receipt(basket, "pos") for basket in bought]})
            # What the till sent comes from the web shop's books too.
            again = brand.post("receipts/bulk", {"receipts": [self._receipt(basket, "web") for basket in bought[:20]]})
            if (first["recorded"], again["recorded"]) != (len(bought), 0):
                raise SystemExit(f"{brand.slug}: {first['recorded']} and {again['recorded']} recorded")
            self.receipts += len(bought)
            brand.settle()
            points = sum(basket.cents // 100 for basket in bought)
            minted = sum(int(award["points"]) for award in brand.all_of("awards"))
            if points != minted:
                raise SystemExit(f"{brand.slug}: {minted} points of {points}")
            self.tell(f"{brand.name}: {len(bought)} baskets, {points:,} points")

    def friends(self) -> None:
        """A friend is brought, and both are credited with the friend's first purchase."""
        by_points = Counter[str]()
        for basket in self.all_baskets:
            if basket.store == GROCER_STORE:
                by_points[basket.customer] += basket.cents // 100
        (first, _), (second, _) = by_points.most_common(2)
        self.custodied, self.holder = self.grocer.person(first), self.grocer.person(second)
        self.grocer.post("members", {"customer_id": "friend-1"})
        friend, before = self.grocer.person("friend-1"), self.custodied.points
        self.grocer.post(
            "receipts",
            {
                "reference": "referral-1",
                "kind": "referral",
                "referrer": {"member": self.custodied.id},
                "friend": {"member": friend.id},
                "occurred_at": in_time(self.stage.now, minutes=-30),
            },
        )
        self.grocer.settle()
        if self.custodied.points != before:
            raise SystemExit("a referral counted before the friend's first purchase")
        self.grocer.record("friend-1", "friend-1-first", 4_250, self.stage.now - timedelta(minutes=20))
        self.receipts += 2
        self.grocer.settle()
        if (self.custodied.points, friend.points) != (before + 50, 50 + 42):
            raise SystemExit(f"the referral gave {self.custodied.points - before} and {friend.points}")
        self.tell("50 points for each of both", f"/address/{self.custodied.account}")

    def returned(self) -> None:
        """A line of a basket is returned."""
        basket = max(
            (each for each in self.all_baskets if each.customer == self.custodied.customer and len(each.lines) > 2),
            key=lambda each: each.cents,
        )
        before, line = self.custodied.points, max(basket.lines, key=lambda each: each["amount"])
        receipt = self.grocer.all_of("receipts", reference=basket.reference)[0]["id"]
        number = basket.lines.index(line) + 1
        self.grocer.post(f"receipts/{receipt}/refunds", {"reference": "return-1", "lines": [{"line": number}]})
        self.receipts += 1
        due = basket.cents // 100 * line["amount"] // basket.cents

        def is_done() -> bool:
            self.stage.make_final()
            (refund,) = self.grocer.get(f"receipts/{receipt}")["refunds"]
            taken, short = (int(refund[name] or 0) for name in ("points_taken", "points_short"))
            return int(refund["points_due"] or -1) == taken + short

        self.stage.until(is_done, "the refund takes back what the line earned")
        self.grocer.settle()
        self.stage.until(lambda: self.custodied.points == before - due, f"{due} points are taken back")
        self.tell(
            f"{line['amount'] / 100:.2f} of {basket.cents / 100:.2f} dollars, {due} points taken back",
            f"/address/{self.custodied.account}",
        )

    def redeemed(self) -> None:
        """A member whose account the brand keeps redeems."""
        coffee = {
            "voucher": "coupon",
            "price_min": 10,
            "stock": 100,
            "opens_at": "2000-01-01T00:00:00Z",
            "terms_document": "A coffee.",
        }
        for brand in (self.grocer, self.pantry):
            brand.operate("POST", "rewards", coffee)
        leaving = coffee | {"price_min": 1, "price_max": 1_000_000, "stock": None, "terms_document": "For who leaves."}
        self.grocer.operate("POST", "rewards", {name: value for name, value in leaving.items() if value is not None})
        before = self.custodied.points
        done = self.custodied.act("redemptions", {"reward": 1, "quantity": 2})
        self._see(self.grocer, self.custodied, before - 20)
        self.tell("two coffees for 20 points", f"/tx/{done['transaction_hash']}")

    def claimed(self) -> None:
        """A member claims the account for a key, and acts by signatures; the brand pays for gas."""
        claimed = self.holder.claim()
        self.tell("claimed", f"/tx/{claimed['transaction_hash']}")
        before = self.holder.points
        done = self.holder.act("redemptions", {"reward": 1})
        self._see(self.grocer, self.holder, before - 10)
        refused = self.grocer.post(f"members/{self.holder.id}/redemptions", {"reward": 1}, expect=409)
        if refused["code"] != "account_is_claimed":
            raise SystemExit(f"the brand acts for a claimed account: {refused}")
        self.tell("a coffee, signed by the member; the brand is refused", f"/tx/{done['transaction_hash']}")

    def converted(self) -> None:
        """Points are converted to the partner, and back."""
        self.money = self.stage.money()
        self.miles.post("members", {"customer_id": "flyer-1"})
        self.traveller = self.miles.person("flyer-1")
        self.miles.record("flyer-1", "flight-1", 20_000, self.stage.now - timedelta(minutes=10))
        self.receipts += 1
        self.miles.settle()
        out = self._agree(self.grocer, self.miles, 3, 2, settlement=5)
        back = self._agree(self.miles, self.grocer, 1, 1, settlement=1)
        for brand, agreement in ((self.grocer, out), (self.miles, back)):
            self.stage.send(self.money, calldata("mint(address,uint256)", key_of("owner"), _FUNDS))
            brand.operate("POST", f"agreements/{agreement}/deposits", {"amount": str(_FUNDS)})
        quote = self.grocer.get(f"agreements/{out}/quote", points="31")
        if (quote["burned"], quote["minted"], quote["possible"]) != ("30", "20", True):
            raise SystemExit(f"the quote is {quote}")
        for person in (self.custodied, self.holder):
            done = person.act("conversions", {"agreement": out, "points": "31", "to": self.traveller.id})
            self.tell("31 points: 30 become 20 miles, 1 stays", f"/tx/{done['transaction_hash']}")
        done = self.traveller.act("conversions", {"agreement": back, "points": "25", "to": self.holder.id})
        self.tell("25 miles become 25 points", f"/tx/{done['transaction_hash']}")
        self._see(self.miles, self.traveller, 200 + 40 - 25)

    def settled(self) -> None:
        """The partners settle."""
        for source, target, agreement in self.agreements:
            position = target.get(f"agreements/{agreement}/settlement")["positions"][0]
            target.operate("POST", f"agreements/{agreement}/settlement/collect")
            after = target.get(f"agreements/{agreement}/settlement")["positions"][0]
            if after["collected"] != position["owed"] or after["owed"] != "0":
                raise SystemExit(f"{agreement}: {position['owed']} owed, {after['collected']} collected")
            self.tell(
                f"{source.name} to {target.name}: {position['burned']} points, {position['owed']} collected",
                f"/address/{source.contracts['exchange']}",
            )

    def announced(self) -> None:
        """The grocer announces a rule that is worse for members, and the pantry its end."""
        worse = {
            "terms_document": "A point for two dollars.",
            "rate": "1/200",
            "cap_per_award": 10_000,
            "budget": 10_000_000,
            "budget_window_seconds": 2_592_000,
            "opens_at": "2000-01-01T00:00:00Z",
        }
        plan = self.stage.call("PUT", self.grocer.at(f"rules/{PURCHASES}"), worse, dry_run="true")["plan"]
        if not plan["worse_for_members"]:
            raise SystemExit(f"half the points are not worse: {plan}")
        made = self.grocer.operate("PUT", f"rules/{PURCHASES}", worse)
        self.tell(
            f"half the points from {plan['effective_at']} on, for {plan['members_affected']} members",
            f"/tx/{made['transaction_hash']}",
        )
        ends_at = in_time(self.stage.now, days=1, minutes=30)
        ending = self.pantry.operate("POST", "wind-down", {"ends_at": ends_at})
        self.tell(f"{self.pantry.name} ends at {ends_at}", f"/tx/{ending['transaction_hash']}")

    def a_day_later(self) -> None:
        """A day later the worse rule is in force; a till that was offline sends a purchase from before."""
        before_the_change = self.stage.now - timedelta(minutes=1)
        self.stage.pass_time(_NOTICE + timedelta(hours=1))
        self.grocer.record(self.custodied.customer, "offline-1", 1_000, before_the_change)
        self.grocer.record(self.custodied.customer, "after-1", 1_000, self.stage.now - timedelta(minutes=1))
        self.receipts += 2
        self.grocer.settle()
        given = {
            reference: self.grocer.all_of("awards", reference=reference)[0]["points"]
            for reference in ("offline-1", "after-1")
        }
        if given != {"offline-1": "10", "after-1": "5"}:
            raise SystemExit(f"ten dollars gave {given}")
        self.tell("10 dollars before the change: 10 points; after it: 5", f"/address/{self.custodied.account}")

    def erased(self) -> None:
        """A member asks to be erased."""
        self.grocer.put("erasure-policy", {"points": "redeem", "reward": 2})
        friend = self.grocer.person("friend-1")
        self.stage.make_final()
        erasure = self.grocer.post(f"members/{friend.id}/erasure")

        def is_gone() -> bool:
            self.stage.make_final()
            return bool(self.grocer.get(f"erasures/{erasure['id']}")["state"] == "erased")

        self.stage.until(is_gone, "the member is erased")
        if self.grocer.get("members", customer_id="friend-1")["members"]:
            raise SystemExit("the member is still known")
        self.tell("gone; the address stays, and leads to nobody", f"/address/{friend.account}")

    def ended(self) -> None:
        """The pantry has ended."""
        customer = next(basket.customer for basket in self.all_baskets if basket.store == PANTRY_STORE)
        member = self.pantry.person(customer)
        before = member.points
        refused = self.stage.call("POST", "/v1/me/redemptions", {"reward": 1}, token=member.token(), expect=409)
        if refused["reason"] != "program_ended":
            raise SystemExit(f"after the end: {refused}")
        self.pantry.record(customer, "too-late", 1_000, self.stage.now - timedelta(minutes=1))
        self.receipts += 1
        self.pantry.settle()
        if member.points != before:
            raise SystemExit("a purchase after the end earned points")
        self.tell("nothing is redeemed or earned any more", f"/address/{member.account}")

    def _receipt(self, basket: Basket, channel: str) -> dict[str, Any]:
        return {
            "reference": basket.reference,
            "customer_id": basket.customer,
            "kind": "purchase",
            "amount": basket.cents,
            "occurred_at": in_time(basket.occurred_at),
            "lines": basket.lines,
            "channel": channel,
        }

    def _agree(self, source: Brand, target: Brand, points: int, become: int, *, settlement: int) -> str:
        """One side proposes, the other accepts. The agreement's id."""
        terms = {
            "source": source.contracts["exchange"],
            "source_points": str(points),
            "target": target.contracts["exchange"],
            "target_points": str(become),
            "quota": "100000",
            "quota_window_seconds": 86_400,
            "opens_at": "2000-01-01T00:00:00Z",
            "settlement": str(settlement),
            "settlement_token": self.money,
            "beneficiary": key_of("owner"),
            "terms_hash": "0x" + "11" * 32,
        }
        source.operate("POST", "agreements", terms)
        (agreement,) = [
            each["id"] for each in target.get("agreements")["agreements"] if each["state"] == "proposed_to_us"
        ]
        target.operate("POST", f"agreements/{agreement}/accept", {"counterpart": source.contracts["exchange"]})
        self.agreements.append((source, target, agreement))
        self.tell(
            f"{points} of {source.name} become {become} of {target.name}; the source pays {settlement}",
            f"/address/{source.contracts['exchange']}",
        )
        return str(agreement)

    def _see(self, brand: Brand, person: Person, points: int) -> None:
        self.stage.until(lambda: person.points == points, f"{brand.slug}: {person.customer} has {points} points")
