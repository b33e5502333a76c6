"""What a segment's rule means, judged one person at a time: what the SQL has to agree with."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from engagement.segments.facts import FACTS, TYPE_OPS, Type
from tests.engagement.segment_worlds import NOW, PRODUCTS, Person


# --- the plain reading ---
def holds(rule: dict[str, Any], world: list[Person], who: int) -> bool:
    """Say whether a rule holds of the person number `who`. Reads the JSON, knows no SQL."""
    if "all" in rule:
        return all(holds(one, world, who) for one in rule["all"])
    if "any" in rule:
        return any(holds(one, world, who) for one in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], world, who)
    person, name, op = world[who], rule["fact"], rule["op"]
    if name == "order":
        found = sum(_fits(order, rule["where"]) for order in person.orders) >= rule["at_least"]
        return found == (op == "has")
    if name == "event":
        told = [*person.events]
        told += [event for other in world if other.merged_into == who for event in other.events]
        found = sum(_happened(event, rule["where"]) for event in told) >= rule["at_least"]
        return found == (op == "has")
    if name == "customer.segment":
        return person.listed == (op == "has")
    if name == "customer.tag":
        return (rule["value"] in person.tags) == (op == "has")
    if "currency" in rule and (person.profile or {}).get("currency") != "EUR":
        return False
    return _answer(rule, _value(name, person))


def _value(name: str, person: Person) -> Any:
    if name.startswith("consent."):
        said = person.consents.get(name.removeprefix("consent."))
        return "unset" if said is None else "yes" if said else "no"
    if name.startswith("profile."):
        empty = {"orders": 0, "spent_minor": 0, "return_rate": 0.0, "tier": "", "country": ""}
        return (person.profile or empty).get(FACTS[name].column)
    value = person.row[{"birthday": "born_on"}.get(name[9:], name[9:])]
    return value != "" if FACTS[name].type == Type.YES else value


def _answer(rule: dict[str, Any], have: Any) -> bool:
    op, value, fact = rule["op"], rule.get("value"), FACTS[rule["fact"]]
    assert op in (*TYPE_OPS[fact.type], "known", "unknown")
    opposite = {"is_not": "is", "none_of": "one_of", "unknown": "known"}
    if op in opposite:
        return not _answer({**rule, "op": opposite[op]}, have)
    if have is None or op == "known":
        return have is not None
    if op in ("is", "one_of"):
        wanted = value if op == "one_of" else [value]
        if fact.name == "customer.language":
            return any(
                have.lower() == one.lower() or (one and have.lower().startswith(f"{one.lower()}-"))
                for one in wanted
            )
        if fact.name == "profile.country":
            wanted = [one.upper() for one in wanted]
        return have in wanted
    if op in ("at_least", "at_most"):
        bound = value / 100 if fact.type == Type.SHARE else value
        return have >= bound if op == "at_least" else have <= bound
    return _birthday(op, value, have) if fact.type == Type.BIRTHDAY else _time(op, value, have)


def _time(op: str, value: Any, have: Any) -> bool:
    moment = isinstance(have, datetime)
    now: Any = NOW if moment else NOW.date()
    if op in ("from_day", "before_day"):
        bound: Any = date.fromisoformat(value)
        bound = datetime.combine(bound, time(), UTC) if moment else bound
        return have >= bound if op == "from_day" else have < bound
    span = timedelta(days=value)
    if op == "last_days":
        return now - span <= have <= now
    return have < now - span if op == "longer_ago" else now <= have <= now + span


def _birthday(op: str, value: int, born: date) -> bool:
    if op == "month":
        return born.month == value
    for number in range(value + 1):
        one = NOW.date() + timedelta(days=number)
        try:
            kept = born.replace(year=one.year)
        except ValueError:
            kept = date(one.year, 2, 28)
        if kept == one:
            return True
    return False


def _happened(event: tuple[str, int], where: dict[str, Any]) -> bool:
    kind, since = event
    return (
        kind == where["kind"]
        and since <= where.get("last_days", since)
        and ("longer_ago" not in where or since > where["longer_ago"])
    )


def _fits(order: dict[str, Any], where: dict[str, Any]) -> bool:
    if order["cancelled"] or not _happened(("", order["days"]), {"kind": "", **where}):
        return False
    slug = ("harbour-pine", "north-mill")[order["store"]]
    plain = {
        "store": lambda wanted: slug == wanted,
        "order_tag": lambda wanted: wanted in order["tags"],
        "code": lambda wanted: wanted in order["codes"],
        "country": lambda wanted: order["country"] == wanted.upper(),
        "city": lambda wanted: order["city"].lower() == wanted.lower(),
        "postcode": lambda wanted: order["postcode_key"].startswith(wanted.replace(" ", "")),
        "currency": lambda wanted: order["currency"] == wanted,
        "min_minor": lambda wanted: order["total_minor"] >= wanted,
    }
    if not all(asked(where[name]) for name, asked in plain.items() if name in where):
        return False
    goods = {name: where[name] for name in where if name in GOODS}
    return not goods or any(_line(line, goods) for line in order["lines"])


GOODS = ("sku", "title", "vendor", "product_type", "product_tag")


def _line(line: dict[str, Any], goods: dict[str, Any]) -> bool:
    product = PRODUCTS[line["product"]] if line["product"] is not None else None
    asked = {
        "sku": lambda wanted: line["sku"].lower() == wanted.lower(),
        "title": lambda wanted: wanted.lower() in line["title"].lower(),
        "vendor": lambda wanted: line["vendor"].lower() == wanted.lower(),
        "product_type": lambda w: product is not None and product["product_type"].lower() == w.lower(),
        "product_tag": lambda w: product is not None and w in product["tags"],
    }
    return line["quantity"] > 0 and all(asked[name](wanted) for name, wanted in goods.items())
