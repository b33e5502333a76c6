"""Why a window is what it is, in words for staff."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracking.eta import lanes
from tracking.models import Promise

TONES: dict[str, str] = {
    Promise.Outcome.OPEN: "quiet",
    Promise.Outcome.KEPT: "good",
    Promise.Outcome.EARLY: "good",
    Promise.Outcome.MISSED: "bad",
    Promise.Outcome.VOID: "quiet",
}


def whose(source: str) -> str:
    """Return who said it."""
    return "Ours" if source == "ours" else source


def explain(why: Mapping[str, Any], source: str) -> str:
    """Return what a window was made of, in one or two sentences; `why` as kept with its Promise."""
    if why.get("rule") == "learned":
        return (
            f"Learned from {why['n']:,} deliveries ({_group(why)}); it was {why['stage']}. "
            f"Eight in ten come between {_moment(why['p10'])} and {_moment(why['p90'])}, "
            f"half by {_moment(why['p50'])}."
        )
    if why.get("rule") == "corrected":
        days = "1 day" if why["moved_by"] == 1 else f"{why['moved_by']} days"
        return (
            f"{why['source']} told {why['told_from']} to {why['told_to']}; {why['late']:.0%} of {why['n']:,} "
            f"parcels came after such a window's end ({_group(why)}), so its end was moved by {days}."
        )
    return f"As {source} told it." if source and source != "ours" else ""


def _group(why: Mapping[str, Any]) -> str:
    return lanes.words(str(why["group"]))


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at:%a} {at.day} {at:%b %H:%M}"
