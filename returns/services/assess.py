"""What of an order may come back at a moment: each piece judged by the policies that count for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from returns.models import PolicyVersion, Return, ReturnSettings, ReturnUnit
from returns.pieces import Piece
from returns.policy.base import Body, Terms, Verdict
from returns.policy.deciding import Case, as_gift, decide
from returns.policy.shopper import refusal
from returns.policy.verdicts import choose
from returns.policy.windows import ends
from returns.services.facts import COMING_BACK, GONE, NOT_YET, RETURNED, Material, load
from returns.services.moves import settings_of
from returns.services.policies import body_of, in_force, versions_of
from returns.vocabulary import OF_CLAIMS, OF_RETURNS, Kind, Method, Outcome, Reason
from returns.wishes import unit_key
from tracking.models import BundlePart, Order, OrderLine, Variant

Unit = tuple[int, int]  # index, part_index
GIFT = Return.Source.GIFT
PHOTO_OF_CLAIMS = frozenset({Reason.DAMAGED, Reason.WRONG_ITEM})
ELSEWHERE = "elsewhere"  # in a return of which whoever asks here must not hear
# Of several reasons why nothing of a line is free: the one that is told.
_TOLD_FIRST = (NOT_YET, COMING_BACK, RETURNED, GONE, ELSEWHERE)


@dataclass(frozen=True)
class Says:
    """A version of a policy: its number (0: the house's default) and what it says."""

    number: int
    body: Body


@dataclass(frozen=True)
class Item:
    """
    All pieces of one order line, or of one part of a bundle in it.

    `free`: the units that can be chosen: (index, part_index). `verdict` holds for all of them; where they
    came on different days it is the one whose window ends first (`verdicts` has each one's own). Nothing
    free: the verdict says why. `reasons`: for which it may come back; () when it may not.
    """

    line: OrderLine
    part: BundlePart | None
    variant: Variant | None
    free: tuple[Unit, ...]
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    verdicts: Mapping[Unit, Verdict] = field(default_factory=dict)


@dataclass(frozen=True)
class Assessment:
    """
    What of an order may come back. `version`: the policy's version it was bought under, None: the house's
    default; `newest` counts where it is kinder (each verdict's `version` says which of them decided).
    """

    order: Order
    at: datetime
    version: PolicyVersion | None
    newest: PolicyVersion | None
    items: tuple[Item, ...]
    judge: "Judge"

    def verdict(
        self, line_id: int, index: int, part_id: int | None = None, part_index: int = 0, reason: str = ""
    ) -> Verdict:
        """
        Return the verdict on one piece for a reason, whatever the reasons the items were asked with.

        Raises: KeyError for a piece the order does not have.
        """
        return self.judge.verdict(self.judge.pieces[unit_key(line_id, index, part_id, part_index)], reason)

    def item(self, line_id: int, part_id: int | None = None) -> Item | None:
        """Return the item of a line, or of a part of a bundle in it."""
        for one in self.items:
            if one.line.pk == line_id and (one.part.pk if one.part else None) == part_id:
                return one
        return None


def assess(
    order: Order,
    *,
    at: datetime,
    reasons: Mapping[int, str] | None = None,
    kind: str = Kind.RETURN,
    gift: bool = False,
) -> Assessment:
    """
    Return what of an order may come back (or be claimed, `kind`) at a moment.

    `reasons`: {primary key of an OrderLine: Reason}, refines fees, photos and outcomes. Without one a piece
    counts as allowed when there is a reason for which it is. `gift`: who was given it asks. Needs the order's
    store. Raises: policy.reading.BadPolicy for a version that cannot be read.
    """
    material = _discreet(load([order], at=at)[order.pk], gift=gift)
    version, newest = in_force(versions_of(order.store), order, at)
    judge = Judge(
        material,
        frozen=_says(version),
        newest=_says(newest),
        rules=settings_of(order.store),
        at=at,
        kind=kind,
        gift=gift,
    )
    return Assessment(order, at, version, newest, judge.items(reasons or {}), judge)


def _discreet(material: Material, *, gift: bool) -> Material:
    """The buyer does not hear that a gift goes back, nor who was given it of the buyer's returns."""
    if RETURNED not in material.standing.values():
        return material
    units = ReturnUnit.objects.filter(active=True, line__order=material.order)
    theirs = units.exclude(ret__source=GIFT) if gift else units.filter(ret__source=GIFT)
    keys = {unit_key(*row) for row in theirs.values_list("line_id", "index", "part_id", "part_index")}
    standing = {
        key: ELSEWHERE if why == RETURNED and key in keys else why for key, why in material.standing.items()
    }
    return replace(material, standing=standing)


def _says(version: PolicyVersion | None) -> Says:
    return Says(version.number if version else 0, body_of(version))


class Judge:
    """Judges the pieces of one order by the two versions that count. Asks the database nothing."""

    def __init__(
        self,
        material: Material,
        *,
        frozen: Says,
        newest: Says,
        rules: ReturnSettings,
        at: datetime,
        kind: str = Kind.RETURN,
        gift: bool = False,
    ) -> None:
        self.material, self.frozen, self.newest = material, frozen, newest
        self.rules, self.at, self.kind, self.gift = rules, at, kind, gift
        self.pieces = {piece.key: piece for piece in material.pieces}
        self._found: dict[tuple[object, ...], Verdict] = {}

    # --- one piece ---
    def verdict(self, piece: Piece, reason: str = "") -> Verdict:
        """Return what holds for one piece; for one that is not free, why it is not."""
        standing = self.material.standing[piece.key]
        if standing:
            return _not_free(standing)
        part = piece.part.pk if piece.part else 0
        moments = self.material.moments(piece)
        key = (piece.line.pk, part, moments, piece.value_minor, reason)
        if key not in self._found:
            self._found[key] = self.policy(piece, reason)
        return self._found[key]

    def case(self, piece: Piece, reason: str = "") -> Case:
        """Return one piece as the policy's functions take it."""
        return Case(
            known=self.material.facts(piece, reason=reason, gift=self.gift),
            moments=self.material.moments(piece),
            zone=self.material.order.store.zone,
            at=self.at,
            worth_minor=piece.value_minor,
            currency=self.material.order.currency,
            places=self.material.places,
        )

    def policy(self, piece: Piece, reason: str = "") -> Verdict:
        """Return what the policies say of a piece, free or not."""
        if self.gift and not self.rules.gift_returns:
            return Verdict(allowed=False, code="refused", words=refusal("gift"))
        if self.kind == Kind.CLAIM:
            return self._claimed(piece, reason)
        case = self.case(piece, reason)
        frozen = decide(self.frozen.body, case, version=self.frozen.number)
        if self.newest == self.frozen:
            return frozen
        return choose(frozen, decide(self.newest.body, case, version=self.newest.number))

    def _claimed(self, piece: Piece, reason: str) -> Verdict:
        """Claims have a window of their own, cost nothing, and are looked at by a person."""
        leg, zone = self.material.legs.get(piece.key), self.material.order.store.zone
        moments = self.material.moments(piece)
        start = moments.delivered or (leg and leg.promised) or moments.start("delivery")
        if start and not moments.delivered and moments.last_news:
            start = max(start, moments.last_news)
        until = ends(start, self.rules.claim_days, zone)
        words = f"Claims: {self.rules.claim_days} days after delivery or the promised day."
        verdict = Verdict(
            allowed=True,
            until=until,
            outcomes=(Outcome.REFUND.value, Outcome.EXCHANGE.value, Outcome.CREDIT.value),
            methods=(Method.NONE.value,),
            photo=reason in PHOTO_OF_CLAIMS,
            review=True,
            refund_shipping="ours",
            version=self.frozen.number,
            steps=({"rule": "claims", "name": "Claims", "words": words, "set": {}, "facts": []},),
        )
        if until is not None and self.at > until:
            told = refusal("claim_closed", until=until, zone=zone)
            return replace(verdict, allowed=False, code="closed", words=told)
        return as_gift(verdict) if self.gift else verdict

    # --- all of them ---
    def items(self, reasons: Mapping[int, str]) -> tuple[Item, ...]:
        """Return the order's pieces by line and part; `reasons` by line."""
        groups: dict[tuple[int, int], list[Piece]] = {}
        for piece in self.material.pieces:
            groups.setdefault((piece.line.pk, piece.part.pk if piece.part else 0), []).append(piece)
        return tuple(self._item(own, reasons.get(own[0].line.pk, "")) for own in groups.values())

    def _item(self, own: Sequence[Piece], reason: str) -> Item:
        first = own[0]
        free = [piece for piece in own if not self.material.standing[piece.key]]
        if not free:
            standings = [self.material.standing[piece.key] for piece in own]
            told = next((one for one in _TOLD_FIRST if one in standings), standings[0])
            return Item(first.line, first.part, first.variant, (), _not_free(told))
        lets_in = {piece.key: self._reasons(piece) for piece in free}
        verdicts = {piece.key: self._for_item(piece, reason, lets_in[piece.key]) for piece in free}
        open_ = [piece for piece in free if verdicts[piece.key].allowed] or free
        soonest = min(open_, key=lambda piece: _soon(verdicts[piece.key]))
        return Item(
            line=first.line,
            part=first.part,
            variant=first.variant,
            free=tuple((piece.index, piece.part_index) for piece in open_),
            verdict=verdicts[soonest.key],
            reasons=lets_in[soonest.key],
            verdicts={(piece.index, piece.part_index): verdicts[piece.key] for piece in open_},
        )

    def _for_item(self, piece: Piece, reason: str, lets_in: tuple[str, ...]) -> Verdict:
        verdict = self.verdict(piece, reason)
        if verdict.allowed or reason or not lets_in:
            return verdict
        return self.verdict(piece, lets_in[0])

    def _reasons(self, piece: Piece) -> tuple[str, ...]:
        """Return the reasons for which a piece may come back."""
        if self.kind == Kind.CLAIM or not self._reason_matters:
            all_ = sorted(OF_CLAIMS, key=list(Reason).index) if self.kind == Kind.CLAIM else OF_RETURNS
            return tuple(one.value for one in all_) if self.verdict(piece).allowed else ()
        return tuple(one.value for one in OF_RETURNS if self.verdict(piece, one.value).allowed)

    @property
    def _reason_matters(self) -> bool:
        """Whether letting in or a window depends on the reason."""
        rules = (*self.frozen.body.rules, *self.newest.body.rules)
        return any(_lets_in(rule.then) and any(one.fact == "reason" for one in rule.when) for rule in rules)


def _lets_in(terms: Terms) -> bool:
    said = (terms.allow, terms.window_days, terms.window_from, terms.outcomes)
    return any(one is not None for one in said)


def _not_free(standing: str) -> Verdict:
    code = NOT_YET if standing == NOT_YET else GONE
    return Verdict(allowed=False, code=code, words=refusal(standing))


def _soon(verdict: Verdict) -> tuple[bool, float]:
    return verdict.until is None, verdict.until.timestamp() if verdict.until else 0.0
