"""A shop that writes down every effect it had, with a number for each, and fails as it is told to."""

from dataclasses import dataclass, field
from typing import Any

from tracking.shops.client import Ability, Done, ShopClient, ShopError

PATH = f"{__name__}.BookClient"
FAULTS = ("refused", "down", "lost", "lost_after")


@dataclass(frozen=True)
class Effect:
    """One thing the shop has done: a refund, an order, a change of stock."""

    kind: str
    key: str
    wanted: Any
    number: str


@dataclass
class Book:
    """
    What was done, in order, and the faults of the calls to come: refused and down were certainly not done,
    lost was not and nobody knows, lost_after was and nobody knows.
    """

    effects: list[Effect] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    calls: int = 0
    tick: Any = None  # called before and after each call: where a test kills

    def of(self, kind: str) -> list[Effect]:
        """Return the effects of a kind: refund, order, stock."""
        return [effect for effect in self.effects if effect.kind == kind]


BOOK = Book()


def fresh() -> Book:
    """Empty the book."""
    BOOK.__init__()  # type: ignore[misc]
    return BOOK


class BookClient(ShopClient):
    """Finds what it made by our key, and does not refuse a key twice: a doubled call is a second effect."""

    code, label = "book", "Book"
    can = frozenset({Ability.REFUND, Ability.ORDER, Ability.STOCK})

    def _do(self, kind: str, key: str, wanted: Any) -> Done:
        BOOK.calls += 1
        if BOOK.tick:
            BOOK.tick()
        fault = BOOK.faults.pop(0) if BOOK.faults else ""
        if fault == "refused":
            raise ShopError("It says no.", permanent=True)
        if fault == "down":
            raise ShopError("It is down.")
        if fault == "lost":
            raise ShopError("The line went dead.", unknown=True)
        number = f"gid://shop/{kind}/{9000 + len(BOOK.effects)}"
        BOOK.effects.append(Effect(kind, key, wanted, number))
        if BOOK.tick:
            BOOK.tick()
        if fault == "lost_after":
            raise ShopError("The line went dead.", unknown=True)
        return Done(number, f"#{number}", getattr(wanted, "amount_minor", 0))

    def _find(self, kind: str, key: str) -> Done | None:
        if BOOK.tick:
            BOOK.tick()
        for effect in BOOK.of(kind):
            if effect.key == key:
                return Done(effect.number, f"#{effect.number}", getattr(effect.wanted, "amount_minor", 0))
        return None

    def refund(self, wanted: Any, *, key: str) -> Done:
        return self._do("refund", key, wanted)

    def find_refund(self, order_external_id: str, *, key: str) -> Done | None:
        return self._find("refund", key)

    def create_order(self, wanted: Any, *, key: str) -> Done:
        return self._do("order", key, wanted)

    def find_order(self, *, key: str) -> Done | None:
        return self._find("order", key)

    def adjust_stock(self, change: Any, *, key: str) -> Done:
        return self._do("stock", key, change)
