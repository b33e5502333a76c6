"""
/survey/<token>/: five answers (GET, which changes nothing: mail scanners open every link); POST keeps one.

The sealed token is the permission; no log-in. `?score=` from the message makes that answer ready to confirm.
"""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from customers.limits import Limit, hit
from engagement import surveys
from engagement.models import SurveyAnswer
from engagement.portal.pages import hello, too_often

ANSWERS = Limit("survey", 30, timedelta(hours=1))
# Bad ones first, as in the message.
WORDS = {
    1: lambda: _("Very bad"),
    2: lambda: _("Bad"),
    3: lambda: _("So-so"),
    4: lambda: _("Good"),
    5: lambda: _("Very good"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, or keep the answer. 404 for every token that opens nothing, and for one that is too old."""
    at = timezone.now()
    row = surveys.open_token(token, at=at)
    if row is None:
        raise Http404
    hello(request, row.customer, row.store, row.order.language if row.order else "")
    here = reverse("survey", args=[token])
    chosen = _score(request)
    if request.method == "POST":
        if not hit(ANSWERS, str(row.pk), at=at):
            return too_often(request, ANSWERS, at=at, store=row.store)
        if chosen is not None and surveys.can_change(row, at=at):
            words = request.POST.get("words")
            surveys.answer(survey_id=row.pk, score=chosen, words=words, at=at)
            return redirect(f"{here}?{'thanks' if words is None else 'heard'}")
        return redirect(here)
    context = {
        "store": row.store,
        "row": row,
        "number": row.order.number.lstrip("#") if row.order else "",
        "about_return": row.kind == SurveyAnswer.Kind.RETURN,
        "answers": [(score, words()) for score, words in WORDS.items()],
        "chosen": chosen if row.score is None else None,
        "chosen_words": WORDS[chosen]() if chosen else "",
        "given_words": WORDS[row.score]() if row.score else "",
        "open": surveys.can_change(row, at=at),
        "thanks": row.score is not None and ("thanks" in request.GET or "heard" in request.GET),
        "heard": "heard" in request.GET and bool(row.words),
        "low": row.score is not None and row.score <= surveys.LOW,
        "change": row.score is not None and "change" in request.GET,
        "here": here,
    }
    response = render(request, "portal/survey.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _score(request: HttpRequest) -> int | None:
    given = (request.POST if request.method == "POST" else request.GET).get("score", "")
    return int(given) if given in {str(score) for score in surveys.SCORES} else None
