"""How often the phrase classifier is right: against a gold list, and against the carriers' own tables."""

import importlib
import json
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.house import ROOT
from config import wiring
from tracking.carriers.base import BadPayload, Credentials
from tracking.carriers.phrases import Guess, classify

GOAL = 0.95
SURE = 0.7
GOLD = Path(__file__).parent / "phrases_gold.json"
# Recorded bodies that lie beside a checkout; without them the gold list is measured all the same.
SHARED = ROOT.parent / "shared" / "data" / "tracking"
FIXTURES = ROOT / "tests" / "tracking" / "payloads"
INVENTED = {"sandbox", "generic"}  # their sentences are ours


@dataclass(frozen=True)
class Row:
    """One sentence: whose it is, what it means, what was guessed."""

    carrier: str
    message: str
    status: str
    guess: Guess

    @property
    def right(self) -> bool:
        return self.guess.status == self.status


def recorded(folder: Path) -> dict[str, set[str]]:
    """Return every sentence about a parcel in the recorded bodies under `folder`, by carrier."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("carriers/*.json")):
        told = json.loads(path.read_text())
        for name, value in told["constants"].items():
            if name.lower().startswith("parsed"):
                found[told["carrier"]] |= set(_values(value, "description"))
    for carrier, pattern, key in (
        ("shippo", "*.json", "status_details"),
        ("aftership", "tracking/*.json", "message"),
        ("easypost", "*.json", "message"),
        ("17track", "examples/*.json", "c"),
    ):
        for path in sorted((folder / carrier).glob(pattern)):
            found[carrier] |= set(_values(json.loads(path.read_text()), key))
    return found


def _values(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key and isinstance(inner, str) and inner.strip():
                yield inner.strip()
            yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, key)


def fixtures(known: set[str]) -> list[Row]:
    """
    Return the sentences of the project's own fixtures that are not in the gold list, with the status the
    carrier's translator gives them by its table.
    """
    rows = {}
    for code, path in wiring.CARRIERS.items():
        if code in INVENTED:
            continue
        module, name = path.rsplit(".", 1)
        translator = getattr(importlib.import_module(module), name)(Credentials())
        for body in sorted((FIXTURES / code).glob("*")):
            try:
                parcels = translator.parse(body.read_bytes())
            except BadPayload:
                continue
            for scan in (scan for parcel in parcels for scan in parcel.scans):
                if scan.message and scan.message not in known:
                    rows[code, scan.message] = Row(code, scan.message, scan.status, classify(scan.message))
    return list(rows.values())


def report(name: str, rows: list[Row]) -> float:
    """Print how many are right, by carrier and by status. Returns the share."""
    share = sum(row.right for row in rows) / len(rows)
    print(f"{name}: {sum(row.right for row in rows)} of {len(rows)} = {share:.3f}")
    for title, kind in (("by carrier", "carrier"), ("by status", "status")):
        all_ = Counter(getattr(row, kind) for row in rows)
        right = Counter(getattr(row, kind) for row in rows if row.right)
        print(f"    {title}: " + ", ".join(f"{key} {right[key]}/{all_[key]}" for key in sorted(all_)))
    for row in rows:
        if not row.right:
            print(f"    wrong: {row.carrier}: {row.message!r} is {row.status}, guessed {row.guess.status}")
    return share


def main() -> int:
    """Print accuracy set by set; 1 when the carriers it was not built from miss the goal."""
    logging.disable(logging.CRITICAL)
    told = json.loads(GOLD.read_text())
    built_from, gold = set(told["built_from"]), told["gold"]
    if SHARED.is_dir():
        for carrier, words in recorded(SHARED).items():
            missing = words - set(gold.get(carrier, {})) - set(told["no_sentences"])
            if missing:
                print(f"not in the gold list, {carrier}: {sorted(missing)}", file=sys.stderr)
    rows = [
        Row(carrier, message, status, classify(message, code=message))
        for carrier, messages in gold.items()
        for message, status in messages.items()
    ]
    known = {row.message for row in rows}
    sets = {
        "built from": [row for row in rows if row.carrier in built_from],
        "held out": [row for row in rows if row.carrier not in built_from],
        "fixtures": fixtures(known),
    }
    shares = {name: round(report(name, part), 4) for name, part in sets.items()}
    everything = [row for part in sets.values() for row in part]
    sure = [row for row in everything if row.guess.confidence >= SURE]
    first = {name: round(right / all_, 4) for name, (right, all_) in told["at_first_sight"].items()}
    met = shares["held out"] >= GOAL
    summary = {
        "bench": "phrases",
        "goal": GOAL,
        "met": met,
        **{name.replace(" ", "_"): share for name, share in shares.items()},
        "at_first_sight": first,
        "messages": len(everything),
        "right_where_sure": round(sum(row.right for row in sure) / len(sure), 4),
        "share_sure": round(len(sure) / len(everything), 4),
    }
    print(json.dumps(summary))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
