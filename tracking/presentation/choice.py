"""The choice a shopper gets for a parcel in trouble, and what became of it, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from tracking.models import MakeGood
from tracking.presentation.goods import Item, picture
from tracking.presentation.material import Level
from tracking.presentation.voice import Voice
from tracking.services.make_goods import Terms, why_over
from tracking.vocabulary import Status

Choice, State, Why, Ended = MakeGood.Choice, MakeGood.State, MakeGood.Why, MakeGood.Ended


@dataclass(frozen=True)
class Way:
    """One way to make it good: what it is, what exactly happens, and what its button says."""

    code: str
    title: str
    sentences: tuple[str, ...]
    confirm: str
    amount_minor: int = 0


@dataclass(frozen=True)
class ChoicePage:
    """The page of one offer. `ways` is empty once there is nothing to choose; `items`: what it is about."""

    headline: str
    sentences: tuple[str, ...]
    tone: str
    ways: tuple[Way, ...] = ()
    items: Sequence[Item] = field(default=())

    def way(self, code: str) -> Way | None:
        """Return the way called `code`, None when it is not offered."""
        return next((way for way in self.ways if way.code == code), None)


@dataclass(frozen=True)
class Offer:
    """What the order page says at the top of a parcel. `open`: there is something to choose."""

    public_id: str
    headline: str
    words: str
    open: bool


def choice_page(
    make_good: MakeGood, terms: Terms, again_on: date, answer_by: date, voice: Voice
) -> ChoicePage:
    """
    Return what an offer's page says at `voice.at`. `terms`: what holds now; `again_on` and `answer_by`: the
    days that waiting, and a person's answer, would have.
    """
    items = _items(terms)
    ended = _ended(make_good, terms, voice)
    if ended:
        headline, tone, sentences = _over(ended)
        return ChoicePage(headline, sentences, tone)
    if make_good.state == State.OFFERED:
        ways = tuple(_way(code, make_good, terms, again_on, answer_by, voice) for code in terms.choices)
        return ChoicePage(headline_of(make_good), (_sorry(make_good, voice),), "warn", ways, items)
    headline, tone, sentences = _status(make_good, voice)
    return ChoicePage(headline, sentences, tone, (), items)


def headline_of(make_good: MakeGood) -> str:
    """Return what is the matter, in a few words."""
    return {
        Why.LOST: _("This parcel is probably lost"),
        Why.DAMAGED: _("This parcel was damaged"),
    }.get(Why(make_good.why), _("This parcel is very late"))


def offers_for(make_goods: Iterable[MakeGood], voice: Voice, level: Level) -> dict[int, Offer]:
    """Return {parcel: what its card says}, from each parcel's newest offer. Nothing for shared links."""
    if level == Level.SHARE:
        return {}
    newest: dict[int, MakeGood] = {}
    for make_good in sorted(make_goods, key=lambda row: row.pk):
        newest[make_good.shipment_id] = make_good
    shown = {pk: _offer(make_good, voice, level) for pk, make_good in newest.items()}
    return {pk: offer for pk, offer in shown.items() if offer}


def _offer(make_good: MakeGood, voice: Voice, level: Level) -> Offer | None:
    key = str(make_good.public_id)
    if make_good.state == State.OFFERED and not why_over(make_good, at=voice.at):
        return Offer(key, headline_of(make_good), _sorry(make_good, voice), True)
    shown = make_good.state in (State.CHOSEN, State.STAFF, State.DONE) and make_good.choice
    if level != Level.ACT or not shown:
        return None
    if make_good.choice == Choice.WAIT and make_good.shipment.status == Status.DELIVERED:
        return None
    headline, _tone, sentences = _status(make_good, voice)
    return Offer(key, headline, sentences[0], False)


# --- what can be chosen ---
def _sorry(make_good: MakeGood, voice: Voice) -> str:
    promised = make_good.facts.get("promised") if make_good.why == Why.LATE else None
    if promised:
        day = voice.day(date.fromisoformat(promised))
        return _("We said it would be with you by %(day)s. We are sorry: choose what we do now.") % {
            "day": day
        }
    return _("We are sorry. Choose what we do now, and we do it.")


def _way(code: str, make_good: MakeGood, terms: Terms, again_on: date, answer_by: date, voice: Voice) -> Way:
    if code == Choice.REPLACEMENT:
        return _replacement(make_good, terms, answer_by, voice)
    if code == Choice.REFUND:
        return _refund(make_good, terms, voice)
    words = {"day": voice.day(again_on)}
    return Way(
        code,
        _("Wait a little longer"),
        (
            _("We keep watching it."),
            _("If nothing has come by %(day)s, we ask you again.") % words,
        ),
        _("Yes, I wait"),
    )


def _replacement(make_good: MakeGood, terms: Terms, answer_by: date, voice: Voice) -> Way:
    to = make_good.order.ship_to or {}
    place = voice.place(str(to.get("city", "")))
    where = _("The same items go to your address in %(place)s. You pay nothing.") % {"place": place}
    stock = (
        _("All of it is in stock.")
        if terms.in_stock
        else _("We check first whether all of it is there, and write to you by %(day)s.")
        % {"day": voice.day(answer_by)}
    )
    plain = _("The same items go to your address. You pay nothing.")
    return Way(
        Choice.REPLACEMENT, _("Send it again"), (where if place else plain, stock), _("Yes, send it again")
    )


def _refund(make_good: MakeGood, terms: Terms, voice: Voice) -> Way:
    def money(minor: int) -> str:
        return voice.money(minor, make_good.currency)

    parts = {
        "goods": money(terms.amount_minor - terms.shipping_minor),
        "shipping": money(terms.shipping_minor),
    }
    what = (
        _("%(goods)s for the items and %(shipping)s for shipping.")
        if terms.shipping_minor
        else _("%(goods)s for the items, after discounts.")
    )
    back = _("It goes back the way you paid. Banks take up to ten days to show it.")
    amount = {"amount": money(terms.amount_minor)}
    return Way(
        Choice.REFUND,
        _("%(amount)s back") % amount,
        (what % parts, back),
        _("Yes, give me %(amount)s back") % amount,
        terms.amount_minor,
    )


def _items(terms: Terms) -> list[Item]:
    return [
        Item(
            title=line.title,
            detail="" if line.variant_title == "Default Title" else line.variant_title,
            quantity=quantity,
            image=picture(line),
        )
        for line, quantity in (terms.worth.pieces if terms.worth else ())
    ]


# --- what became of it ---
def _ended(make_good: MakeGood, terms: Terms, voice: Voice) -> str:
    """Return why there is nothing to choose any more, '' otherwise; also before the worker has written it."""
    if make_good.state == State.WITHDRAWN:
        return make_good.ended_why or Ended.NOTHING
    if make_good.state == State.OFFERED:
        return why_over(make_good, at=voice.at) or ("" if terms.choices else Ended.NOTHING)
    return Ended.NOTHING if not make_good.choice else ""


def _over(ended: str) -> tuple[str, str, tuple[str, ...]]:
    write = _("Is something not right? Write to us, and we put it right.")
    headline, tone, first = {
        Ended.CAME: (
            _("It has come"),
            "good",
            _("Your parcel was delivered, so there is nothing to choose now."),
        ),
        Ended.COMING: (
            _("It is on its way to your door"),
            "good",
            _("Your parcel is moving again, so there is nothing to choose now."),
        ),
        Ended.EXPIRED: (
            _("This choice has ended"),
            "calm",
            _("It stood open for thirty days. You can still write to us."),
        ),
    }.get(
        Ended(ended),
        (_("There is nothing to choose now"), "calm", _("The order has changed since we asked you.")),
    )
    return headline, tone, (first, write)


def _status(make_good: MakeGood, voice: Voice) -> tuple[str, str, tuple[str, ...]]:
    if make_good.choice == Choice.WAIT:
        day = {"day": voice.day(make_good.again_on)} if make_good.again_on else {"day": ""}
        again = _("If nothing has come by %(day)s, we ask you again.") % day
        return _("We keep watching it"), "calm", (again,)
    if make_good.state == State.DONE:
        return _done(make_good, voice)
    amount = {"amount": voice.money(make_good.amount_minor, make_good.currency)}
    chosen = (
        _("You chose to have %(amount)s back.") % amount
        if make_good.choice == Choice.REFUND
        else _("You chose to have it sent again.")
    )
    if make_good.state == State.STAFF and make_good.answer_by:
        by = _("One of us takes care of it by %(day)s. You get a message as soon as it is done.")
        return _("We are on it"), "calm", (chosen, by % {"day": voice.day(make_good.answer_by)})
    soon = _("We are doing it right now. You get a message as soon as it is done.")
    return _("We are on it"), "calm", (chosen, soon)


def _done(make_good: MakeGood, voice: Voice) -> tuple[str, str, tuple[str, ...]]:
    day = voice.on_day(voice.date_of(make_good.done_at or voice.at))
    if make_good.choice == Choice.REFUND:
        amount = voice.money(make_good.amount_minor, make_good.currency)
        return (
            _("%(amount)s is on its way back to you") % {"amount": amount},
            "good",
            (
                _("We sent it the way you paid, %(on_day)s.") % {"on_day": day},
                _("Banks take up to ten days to show it."),
            ),
        )
    name = make_good.action.external_name if make_good.action else ""
    made = _("We made a new order for you, %(on_day)s.") % {"on_day": day}
    named = _("Your new order is %(number)s, made %(on_day)s.") % {"number": name, "on_day": day}
    return (
        _("It is being sent again"),
        "good",
        (named if name else made, _("You get a message when it leaves.")),
    )
