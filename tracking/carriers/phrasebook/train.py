"""
Learn the weights of the second voice: `python -m tracking.carriers.phrasebook.train` after a change.

Kernel ridge regression over the features of `learned`: every sentence pulls what it shares with others
towards its status. Written by hand: `sentences/*.txt`, a status in capitals and the sentences below it.
Heard from carriers: `sentences/*.json`.
"""

import hashlib
import json
import math
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tracking.carriers.learned import (
    STATUSES,
    WEIGHTS,
    Opinion,
    Weights,
    familiar,
    features,
    pack,
    ruling,
    words,
)
from tracking.carriers.phrases import readable
from tracking.vocabulary import Status

SENTENCES = Path(__file__).parent / "sentences"
CALM = 0.1  # how little a single sentence may pull: the ridge


@dataclass(frozen=True)
class Sentence:
    """A labelled sentence. `carrier`: who says it, "" when it was written by hand. `text`: as `plain`."""

    carrier: str
    text: str
    status: Status


def written(folder: Path = SENTENCES) -> list[Sentence]:
    """Return the sentences written by hand, of all languages."""
    found = []
    for file in sorted(folder.glob("*.txt")):
        status = Status.UNKNOWN
        for line in filter(None, map(str.strip, file.read_text().splitlines())):
            if line in Status.values:
                status = Status(line)
            else:
                found.append(Sentence("", readable(line), status))
    return found


def heard(folder: Path = SENTENCES) -> list[Sentence]:
    """Return the sentences of carriers."""
    return [
        Sentence(carrier, readable(message), Status(status))
        for file in sorted(folder.glob("*.json"))
        for carrier, messages in json.loads(file.read_text())["gold"].items()
        for message, status in messages.items()
    ]


def digest(sentences: Sequence[Sentence]) -> str:
    """Return what changes when a sentence, its status or what is heard in it does."""
    told = [(s.text, s.status.value, sorted(features(s.text))[:3]) for s in sentences]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


class Lesson:
    """Sentences as numbers: a row a sentence, a column a feature, each row of length 1."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self.sentences = sentences
        heard_in = [features(sentence.text) for sentence in sentences]
        often = Counter(feature for found in heard_in for feature in found)
        kept = sorted(f for f, times in often.items() if times > 1 or not f.startswith("#"))
        self.rows = {feature: at for at, feature in enumerate(kept)}
        self.rare = np.array([math.log(1 + len(sentences) / often[feature]) for feature in kept], np.float32)
        self.unheard = math.log(1 + len(sentences))
        self.told = np.zeros((len(sentences), len(kept)), np.float32)
        self.meant = np.zeros((len(sentences), len(STATUSES)), np.float32)
        for at, found in enumerate(heard_in):
            known = [self.rows[feature] for feature in found if feature in self.rows]
            self.told[at, known] = self.rare[known]
            alone = (len(found) - len(known)) * self.unheard**2
            self.told[at] /= math.sqrt(float(self.told[at] @ self.told[at]) + alone)
            self.meant[at, STATUSES.index(sentences[at].status)] = 1
        self.alike = self.told @ self.told.T

    def pull(self, taught: Sequence[int]) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """Return how much each of the sentences `taught` pulls towards each status."""
        ridge = CALM * np.eye(len(taught), dtype=np.float32)
        return np.linalg.solve(self.alike[np.ix_(taught, taught)] + ridge, self.meant[taught])

    def without(self, taught: Sequence[int]) -> Callable[[str], Opinion | None]:
        """
        Return a voice that was taught only the sentences numbered `taught`, to be asked about the others.

        It knows of the others how rare their words are, but not what they mean.
        """
        pull = self.pull(taught)
        heard = {word for at in taught for word in words(self.sentences[at].text)}
        place = {sentence.text: at for at, sentence in enumerate(self.sentences)}

        def opinion(text: str) -> Opinion | None:
            if not familiar(text, heard):
                return None
            return ruling((self.alike[place[text], taught] @ pull).tolist())

        return opinion


def learn(sentences: Sequence[Sentence]) -> Weights:
    """Return the weights that these sentences teach."""
    lesson = Lesson(sentences)
    table = lesson.told.T @ lesson.pull(range(len(sentences)))
    scale = float(np.abs(table).max()) / 127
    small = array("b", np.rint(table / scale).astype(np.int8).tobytes())
    rare = array("f", lesson.rare.tolist())
    return Weights(lesson.rows, rare, small, scale, lesson.unheard, digest(sentences))


def main() -> int:
    """Learn from all sentences and write the weights down."""
    sentences = [*written(), *heard()]
    weights = learn(sentences)
    WEIGHTS.write_bytes(pack(weights))
    print(f"{len(sentences)} sentences, {len(weights.rows)} features, {WEIGHTS.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
