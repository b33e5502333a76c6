"""
The second voice of the phrase classifier: weights learned from labelled sentences, for what no phrase says.

It hears single words, pairs of words and pieces of words, so that an ending or a spelling nobody wrote down
still sounds like what it is. `phrasebook.train` makes the weights from the sentences in
`phrasebook/sentences`; reading and using them takes the standard library alone.
"""

import functools
import json
import math
import re
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from tracking.vocabulary import Status

WEIGHTS = Path(__file__).parent / "phrasebook" / "learned.bin"
STATUSES = tuple(Status)
PIECES = (3, 4, 5)  # characters in a piece of a word
# A name says who speaks, not what is said.
_NAMES = re.compile(
    r"\b(?:fedex|usps|ups|dhl|gls|dpd|tnt|brt|seur|evri|hermes|yodel|inpost|posti|omnivas?|purolator|"
    r"postnl|postnord|bpost|auspost|sendle|colissimo|chronopost|correios|correos|tipsa|(?:la|an) poste?|"
    r"colis prive|mondial relay|(?:australia|canada|swiss|deutsche|nz) post|royal mail|poste italiane|"
    r"united states postal service)\b"
)
_DIGITS = re.compile(r"\d+")
_AGAIN = re.compile(r"\bre (?=deliver|schedul|rout|direct|attempt|sent|arrang|label)")  # re-delivered
# How often it was right, carrier by carrier left out, where the first choice led the second by this much.
_LEADS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)
_RIGHT = (0.3, 0.4, 0.5, 0.65, 0.8, 0.9)


@dataclass(frozen=True)
class Opinion:
    """What it takes a sentence to mean. `right`: how often such an opinion was right, 0 to 1."""

    status: Status
    right: float


@dataclass(frozen=True)
class Weights:
    """
    One row of weights a feature, one column a status of `STATUSES`; `rare`: how much a feature stands out.

    `digest`: of the sentences they were learned from.
    """

    rows: Mapping[str, int]
    rare: "array[float]"
    table: "array[int]"
    scale: float
    unheard: float
    digest: str

    def scores(self, text: str) -> list[float] | None:
        """Return a score for each status, None when no word of `text` was ever heard."""
        if not familiar(text, self.rows):
            return None
        width, total = len(STATUSES), [0.0] * len(STATUSES)
        norm = 0.0
        for feature in features(text):
            at = self.rows.get(feature)
            if at is None:
                norm += self.unheard * self.unheard
                continue
            weight = self.rare[at]
            norm += weight * weight
            row = self.table[at * width : at * width + width]
            total = [sum_ + weight * value for sum_, value in zip(total, row, strict=True)]
        return [value * self.scale / math.sqrt(norm) for value in total]

    def opinion(self, text: str) -> Opinion | None:
        """Return what `text` (as `plain` makes it) probably means; None when nothing in it is familiar."""
        scores = self.scores(text)
        return None if scores is None else ruling(scores)


def ruling(scores: list[float]) -> Opinion:
    """Return the opinion that a score for each of `STATUSES` comes down to."""
    second, first = sorted(scores)[-2:]
    return Opinion(STATUSES[scores.index(first)], _RIGHT[bisect_right(_LEADS, first - second) - 1])


def familiar(text: str, heard: Container[str]) -> bool:
    """Say whether at least one word of `text` is among those `heard`."""
    return any(word in heard for word in words(text) if word.isalpha())


def words(text: str) -> list[str]:
    """Return the words of `text`: carriers' names as one word, numbers as 0, no ends of clauses."""
    masked = _AGAIN.sub("re", _DIGITS.sub("0", _NAMES.sub("carriername", text)))
    return [word for word in masked.split() if word != "."]


def features(text: str) -> set[str]:
    """Return what is heard in `text` (as `plain` makes it): words, pairs of words, pieces of words."""
    said = words(text)
    framed = ["^", *said, "$"]
    found = {f"{one} {next_}" for one, next_ in zip(framed, framed[1:], strict=False)}
    found.update(said)
    line = f" {' '.join(said)} "
    for size in PIECES:
        found.update([f"#{line[at : at + size]}" for at in range(len(line) - size + 1)])
    return found


def pack(weights: Weights) -> bytes:
    """Return the weights as the file holds them."""
    order = sorted(weights.rows, key=weights.rows.__getitem__)
    head = {"scale": weights.scale, "unheard": weights.unheard, "digest": weights.digest}
    rare = " ".join(f"{value:.4g}" for value in weights.rare)
    lines = "\n".join((json.dumps(head), "\t".join(order), rare))
    return zlib.compress(lines.encode() + b"\n" + weights.table.tobytes(), 9)


def unpack(packed: bytes) -> Weights:
    """Return the weights from what the file holds."""
    head, order, rare, table = zlib.decompress(packed).split(b"\n", 3)
    told = json.loads(head)
    rows = {feature: at for at, feature in enumerate(order.decode().split("\t"))}
    return Weights(
        rows,
        array("f", map(float, rare.split())),
        array("b", table),
        told["scale"],
        told["unheard"],
        told["digest"],
    )


@functools.cache
def weights() -> Weights:
    """Return the weights learned from all sentences (read once)."""
    return unpack(WEIGHTS.read_bytes())
