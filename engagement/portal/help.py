"""
/help/<token>/: the guides for what somebody ordered, found by words; and where none helps, a person.

Whoever holds a link that opens all of an order may ask. Looking (GET) changes nothing; asking a person (POST)
opens a case.
"""

import hashlib
from datetime import datetime, timedelta

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from customers.limits import Limit, hit
from customers.models import Case
from customers.services.cases import hear, open_case
from engagement.guides import for_order
from engagement.guides.searching import LONG, search
from engagement.portal.pages import hello, too_often
from tracking import access
from tracking.models import Link, Order

QUESTIONS = Limit("help", 5, timedelta(hours=1))
READ = 200  # guides that are looked through


class QuestionForm(forms.Form):
    """What somebody wants to know from a person."""

    words = forms.CharField(
        label=_("What can we do for you?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write down what you want to know.")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def help_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show guides (`?q=` finds some), and take a question for a person. 404 for every other token."""
    at = timezone.now()
    link = access.open_token(token, at=at)
    if link is None or link.purpose != Link.Purpose.ACT:
        raise Http404
    order = link.order
    language = hello(request, order.customer, order.store, order.language)
    here = reverse("help", args=[token])
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not hit(QUESTIONS, str(order.pk), at=at):
            return too_often(request, QUESTIONS, at=at, store=order.store)
        _ask(order, form.cleaned_data["words"], at=at)
        return redirect(f"{here}?asked")
    question = " ".join(request.GET.get("q", "").split())[:LONG]
    guides = for_order(order, [language, order.language], limit=READ)
    context = {
        "store": order.store,
        "order": order,
        "token": token,
        "here": here,
        "q": question,
        "guides": search(guides, question),
        "any": bool(guides),
        "form": form,
        "asked": "asked" in request.GET,
    }
    response = render(request, "portal/help.html", context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _ask(order: Order, words: str, *, at: datetime) -> None:
    """Open a case with the question; the same question on one day is one case, however often it is sent."""
    digest = hashlib.sha256(" ".join(words.split()).encode()).hexdigest()[:32]
    key = f"help:{order.pk}:{at:%Y-%m-%d}:{digest}"
    with transaction.atomic():
        case = open_case(
            store=order.store,
            customer=order.customer,
            subject=words.strip().splitlines()[0],
            source=Case.Source.PORTAL,
            at=at,
            about=order,
            key=key,
            email=order.email,
        )
        hear(case=case, body=words, at=at, author=order.email, external_id=key)
