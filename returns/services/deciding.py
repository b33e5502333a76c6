"""Deciding on returns and claims: by rule when they are asked for, else by a person."""

from datetime import datetime

from django.db import transaction

from customers.services.alerts import end_alert, raise_alert
from returns import events
from returns.models import Exchange, Return
from returns.services import cancelling, exchanges, moves, payments
from returns.services.quoting import Quoted
from returns.states import ROAD, WrongState
from returns.vocabulary import Kind, State

X = Exchange.State
REVIEW = "returns.review"
# Payments that were asked for and not given up.
ASKED = (*payments.LIVING, payments.State.PAID, payments.State.STAFF)


def begin(ret: Return, *, at: datetime, review: str, by: str = "") -> None:
    """Tell of a new return, and approve it or put it before a person because of `review` (words)."""
    ret.visits = {State.REQUESTED: 1}
    moves.tell(
        ret, events.REQUESTED, f"{State.REQUESTED}:1", at=at, state=State.REQUESTED, was="", passed=True
    )
    tell_held(ret, at=at)
    if not review and ret.risk and _nothing_comes(ret):
        review = "; ".join(words for _code, words in ret.risk)
    if review:
        ret.review_why = review[:300]
        moves.advance(ret, State.REVIEW, at=at)
        ask_person(ret, at=at)
        moves.ring(ret, at=at)
        moves.save(ret)
    else:
        _approved(ret, at=at, by=by)


def tell_held(ret: Return, *, at: datetime) -> None:
    """Tell of the exchanges of a locked return whose stock is held, each once."""
    for exchange in ret.exchanges.filter(state=X.HELD).order_by("pk"):
        exchange.ret = ret
        exchanges.tell(exchange, events.EXCHANGE_HELD, "held", at=at)


def _nothing_comes(ret: Return) -> bool:
    return not ret.units.filter(keep=False).exists()


def why_review(quoted: Quoted) -> str:
    """Return why a person has to look at a return, in words for staff; '' when nobody has to."""
    for verdict in quoted.verdicts.values():
        if verdict.review:
            named = [str(step["name"]) for step in verdict.steps if (step.get("set") or {}).get("review")]
            return f"The policy asks for it: {named[-1]}" if named else "The policy asks for it."
    if any(problem.code == "photo" for problem in quoted.problems):
        return "A photo is asked for, and none came with it."
    return ""


def ask_person(ret: Return, *, at: datetime, waiting: str = "") -> None:
    """Put a return before a person, with an alert; `waiting`: for how long it has waited, in words."""
    what = "claim" if ret.kind == Kind.CLAIM else "return"
    raise_alert(
        kind=REVIEW,
        key=cancelling.review_key(ret),
        title=f"Decide on {what} {ret.number}" + (f" ({waiting})" if waiting else ""),
        detail=ret.review_why,
        store=ret.store,
        subject=ret,
        at=at,
    )


def _approved(ret: Return, *, at: datetime, by: str = "") -> None:
    """Approve a locked return: its difference is asked for, what can go out at once is ordered."""
    ret.approved_by = by[:160]
    moves.advance(ret, State.APPROVED, at=at)
    ask_for_difference(ret, at=at)
    exchanges.order_when_ready(ret, at=at)
    moves.ring(ret, at=at)
    moves.save(ret)


def ask_for_difference(ret: Return, *, at: datetime) -> None:
    """Ask for what a locked return's dearer exchanges cost more, unless that was done."""
    due = int(ret.quote.get("due_minor") or 0)
    waiting = list(ret.exchanges.filter(state=X.HELD).order_by("pk"))
    if due <= 0 or not waiting or ret.payments.filter(why=payments.DIFFERENCE, state__in=ASKED).exists():
        return
    dearer = [one for one in waiting if one.difference_minor > 0] or waiting
    payments.ask_for(ret, amount_minor=due, why=payments.DIFFERENCE, at=at, of=dearer)


@transaction.atomic
def approve(return_id: int, *, at: datetime, by: str = "") -> Return:
    """
    Approve a return or claim that a person has looked at. Approved twice it is once.

    Returns: the return. Raises: WrongState when it was refused or has ended; Return.DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.state in ROAD and ret.state != State.REQUESTED:
        return ret
    if ret.state not in (State.REQUESTED, State.REVIEW):
        raise WrongState(ret.state, State.APPROVED)
    _approved(ret, at=at, by=by)
    end_alert(key=cancelling.review_key(ret), at=at, why=f"Approved ({by})" if by else "Approved")
    return ret


@transaction.atomic
def release_refund(return_id: int, *, at: datetime, by: str) -> Return:
    """
    Let the money of a held return go, and its exchange, because a person has looked. Raises: DoesNotExist.
    """
    ret = moves.locked(return_id)
    if ret.refund_held:
        ret.refund_held = False
        ret.why = {**ret.why, "released_by": by[:160], "released_at": at.isoformat()}
        exchanges.order_when_ready(ret, at=at)
        moves.ring(ret, at=at)
        moves.save(ret)
    return ret


@transaction.atomic
def reject(return_id: int, *, words: str, at: datetime, by: str = "") -> Return:
    """
    Refuse a return or claim that waits for a decision, with `words` for the shopper. Done twice it is once.

    Returns: the return. Raises: ValueError without words; WrongState when it was decided; DoesNotExist.
    """
    words = words.strip()[:500]
    if not words:
        raise ValueError("Say why, in words for the shopper.")
    ret = moves.locked(return_id)
    if ret.state == State.REJECTED:
        return ret
    if ret.state not in (State.REQUESTED, State.REVIEW):
        raise WrongState(ret.state, State.REJECTED)
    cancelling.take_out(ret, "rejected", at=at)
    ret.rejected_words, ret.approved_by = words, by[:160]
    ret.due_at = None
    moves.advance(ret, State.REJECTED, at=at)
    end_alert(key=cancelling.review_key(ret), at=at, why=f"Refused ({by})" if by else "Refused")
    return ret
