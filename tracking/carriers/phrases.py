"""
What a carrier's free words mean, for carriers without a table and for codes nobody has mapped.

A guess, and it says how sure it is. Two voices: the words of the phrasebook are data, one module per language
in `phrasebook/`; every phrase that occurs votes for its status with its weight, unless the clause says that
the thing did not happen or has yet to happen. Where they say nothing clear, weights learned from labelled
sentences (`learned`) guess on; such a guess stays below 0.5, to be noted and not to be acted upon. Measured
by `python -m bench phrases`.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tracking.carriers import learned
from tracking.carriers.phrasebook import BOOKS, Book, Says
from tracking.carriers.phrasebook.book import LIKELY
from tracking.vocabulary import Reason, Status

LONGEST = (
    400  # characters looked at: carriers' sentences are shorter, and work must not grow with what is sent
)
CLEARLY = 0.5  # from here on the phrasebook's word stands
_NOTED = 0.49  # how sure a guess by the learned weights alone can get


@dataclass(frozen=True)
class Guess:
    """
    What some words mean. `confidence`: 0 (nothing recognised) to 1; below 0.5 it rests on a single vague
    word or on a likeness to other sentences: good enough to tell staff, not to move a parcel.

    `action_required`: the shopper must do something (pay, send papers, correct the address).
    """

    status: Status = Status.UNKNOWN
    reason: Reason | str = ""
    action_required: bool = False
    confidence: float = 0.0


NOTHING = Guess()

# Which reasons can stand beside which status; a "neighbour" is no reason for a customs hold.
_LEFT = frozenset({Reason.NEIGHBOUR, Reason.SAFE_PLACE, Reason.LOCKER, Reason.SIGNED})
_TROUBLE = frozenset(
    {
        Reason.ADDRESS,
        Reason.REFUSED,
        Reason.NOT_HOME,
        Reason.CUSTOMS,
        Reason.CUSTOMS_DOCUMENTS,
        Reason.PAYMENT_DUE,
        Reason.WEATHER,
        Reason.CARRIER_DELAY,
        Reason.DAMAGED,
        Reason.LOST,
        Reason.SECURITY,
        Reason.UNCLAIMED,
    }
)
_FITS: dict[Status, frozenset[Reason]] = {
    Status.IN_TRANSIT: frozenset({Reason.WEATHER, Reason.CARRIER_DELAY, Reason.CUSTOMS}),
    Status.ATTEMPTED: _TROUBLE - {Reason.LOST, Reason.UNCLAIMED},
    Status.READY_FOR_PICKUP: frozenset({Reason.LOCKER, Reason.NOT_HOME, Reason.PAYMENT_DUE}),
    Status.DELIVERED: _LEFT,
    Status.EXCEPTION: _TROUBLE,
    Status.RETURNING: _TROUBLE,
    Status.RETURNED: _TROUBLE,
}
# Of two statuses told with the same weight the one that says more.
_RANK = {
    status: place
    for place, status in enumerate(
        (
            Status.RETURNED,
            Status.RETURNING,
            Status.READY_FOR_PICKUP,
            Status.DELIVERED,
            Status.ATTEMPTED,
            Status.EXCEPTION,
            Status.CANCELLED,
            Status.OUT_FOR_DELIVERY,
            Status.IN_TRANSIT,
            Status.INFO_RECEIVED,
            Status.EXPIRED,
            Status.PENDING,
        )
    )
}
# What is only said to be still to come must not be taken for done.
_DONE = frozenset({Status.DELIVERED, Status.RETURNED, Status.READY_FOR_PICKUP, Status.OUT_FOR_DELIVERY})
_SHOPPER_ACTS = frozenset({Reason.CUSTOMS_DOCUMENTS, Reason.PAYMENT_DUE})

# Event codes of the Universal Postal Union (standard M17/M40): posts use them without a word of explanation.
POSTAL_CODES: dict[str, tuple[Status, Reason | str]] = {
    "EMA": (Status.IN_TRANSIT, ""),
    "EMB": (Status.IN_TRANSIT, ""),
    "EMC": (Status.IN_TRANSIT, ""),
    "EMD": (Status.IN_TRANSIT, ""),
    "EME": (Status.EXCEPTION, Reason.CUSTOMS),
    "EMF": (Status.IN_TRANSIT, ""),
    "EMG": (Status.IN_TRANSIT, ""),
    "EMH": (Status.ATTEMPTED, Reason.UNKNOWN),
    "EMI": (Status.DELIVERED, ""),
    "EMJ": (Status.IN_TRANSIT, ""),
    "EMK": (Status.IN_TRANSIT, ""),
    "EXA": (Status.IN_TRANSIT, Reason.CUSTOMS),
    "EXB": (Status.EXCEPTION, Reason.CUSTOMS),
    "EXC": (Status.IN_TRANSIT, ""),
    "EDA": (Status.EXCEPTION, Reason.UNKNOWN),
    "EDB": (Status.IN_TRANSIT, Reason.CUSTOMS),
    "EDC": (Status.IN_TRANSIT, ""),
    "EDD": (Status.IN_TRANSIT, ""),
    "EDE": (Status.IN_TRANSIT, ""),
    "EDF": (Status.EXCEPTION, Reason.UNKNOWN),
    "EDG": (Status.OUT_FOR_DELIVERY, ""),
    "EDH": (Status.READY_FOR_PICKUP, ""),
}

_SEPARATORS = re.compile(r"[.;!?:|\n]+")
_REST = re.compile(r"[^a-z0-9.]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "’": "'", "`": "'", "´": "'"})


def plain(words: str) -> str:
    """Return `words` as the phrasebooks write them: lower case, a to z, one space, a dot between clauses."""
    text = unicodedata.normalize("NFKD", words[:LONGEST].translate(_LETTERS).casefold())
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LETTERS)
    text = re.sub(r"n't\b", " not", text.replace("cannot", "can not").replace("can't", "can not"))
    text = re.sub(r"(?<=\d)[.,:](?=\d)", "", text)  # 14.30 is no end of a sentence
    text = _REST.sub(" ", _SEPARATORS.sub(" . ", text))
    return " ".join(re.sub(r"\.(?=\S)|(?<=\S)\.", " . ", text).split())


def readable(words: str) -> str:
    """Return `words` as `plain` does, a code that is words run together (outForDelivery) taken apart."""
    return plain(words if " " in words.strip() else _CAMEL.sub(" ", words[:LONGEST]))


def classify(message: str, *, code: str = "") -> Guess:
    """
    Return what a carrier's words mean, Status.UNKNOWN with confidence 0.0 when nothing in them is recognised.

    `message`: the carrier's sentence in any of the phrasebooks' languages. `code`: its own code, used when
    the message says nothing: postal event codes, and codes that are words themselves (OUT_FOR_DELIVERY,
    deliveryAttempted). Pure: the same words always get the same guess.
    """
    said = _guess(message[:LONGEST])
    if said.confidence >= CLEARLY or not code:
        return said
    coded = _by_code(code.strip()[:LONGEST])
    return coded if coded.confidence > said.confidence else said


def _by_code(code: str) -> Guess:
    if code.upper() in POSTAL_CODES:
        status, reason = POSTAL_CODES[code.upper()]
        return Guess(status, reason, False, 0.7)
    found = _guess(_CAMEL.sub(" ", code))
    return Guess(found.status, found.reason, found.action_required, round(found.confidence * 0.9, 3))


@functools.lru_cache(maxsize=8192)
def _guess(message: str) -> Guess:
    return weigh(readable(message), BOOKS, learned.weights().opinion)


def forget() -> None:
    """Drop the guesses that were kept, so that what a new one costs can be measured."""
    _guess.cache_clear()


def weigh(
    text: str, books: Iterable[Book], second: Callable[[str], learned.Opinion | None] | None = None
) -> Guess:
    """
    Weigh every phrase of every language of `books` in `text` (as `plain` makes it).

    `second`: the voice that is asked when the phrases say nothing clear.
    """
    if not text:
        return NOTHING
    spoken, undone = _spoken(text, books)
    said = _by_votes(spoken)
    if second is None or said.confidence >= CLEARLY:
        return said
    opinion = second(text)
    if opinion is None or opinion.status == Status.UNKNOWN or opinion.status in undone & _DONE:
        return said
    reason = _reason(opinion.status, spoken)
    return Guess(opinion.status, reason, False, round(opinion.right * _NOTED, 3))


def _spoken(text: str, books: Iterable[Book]) -> tuple[list[Says], set[Status]]:
    """Return what is told, and the statuses of which `text` only says that they did not happen yet."""
    spoken: list[Says] = []
    undone: set[Status] = set()
    for book in books:
        for says in book.says:
            told = _is_told(says, book, text)
            if told:
                spoken.append(says)
            elif told is None and says.status:
                undone.add(says.status)
    return spoken, undone


def _by_votes(spoken: Sequence[Says]) -> Guess:
    votes: dict[Status, float] = {}
    for says in spoken:
        if says.status:
            votes[says.status] = max(votes.get(says.status, 0.0), says.weight)
    if not votes:
        return NOTHING
    ranked = sorted(votes, key=lambda status: (-votes[status], _RANK[status]))
    status = ranked[0]
    confidence = votes[status]
    if len(ranked) > 1 and confidence - votes[ranked[1]] < 0.1:
        confidence -= 0.15  # two readings nearly as good as each other
    reason = _reason(status, spoken)
    acts = any(says.action for says in spoken) or (status == Status.EXCEPTION and reason in _SHOPPER_ACTS)
    final = status in (Status.DELIVERED, Status.RETURNED, Status.CANCELLED, Status.INFO_RECEIVED)
    return Guess(status, reason, acts and not final, round(max(confidence, 0.05), 3))


def _reason(status: Status, spoken: Iterable[Says]) -> Reason | str:
    """Return the weightiest reason that fits `status`; trouble nobody explains has the reason UNKNOWN."""
    fitting = [says for says in spoken if says.reason and says.reason in _FITS.get(status, frozenset())]
    own = [says for says in fitting if says.status in (status, None)]
    if (
        status == Status.IN_TRANSIT
    ):  # a parcel that moves has no reason because a word like "customs" is in the sentence
        own = fitting = [says for says in own if says.weight >= LIKELY]
    best = max(own or fitting, key=lambda says: says.weight, default=None)
    if best is not None and best.reason:
        return best.reason
    return Reason.UNKNOWN if status in (Status.EXCEPTION, Status.ATTEMPTED) else ""


def _is_told(says: Says, book: Book, text: str) -> bool | None:
    """
    Say whether one of the phrases occurs as something that happened; None when only as something that did
    not or has yet to.
    """
    found = False
    for phrase in says.phrases:
        for match in phrase.found(text):
            if says.firm:
                return True
            found = True
            before = text[: match.start()].rpartition(".")[2][-60:]
            after = text[match.end() :].partition(".")[0][:40]
            if not book.undone_before.search(before) and not book.undone_after.search(after):
                return True
    return None if found else False
