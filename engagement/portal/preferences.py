"""
The preference centre: /preferences/<token>/ from a message, /account/preferences/ with a log-in.

The pages never show the whole address, number or birthday: a message may have been handed on. What is saved
is told in words and can be taken back for an hour.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.lib import secrets
from customers.limits import client_network
from customers.models import Customer, Store, User
from customers.services.accounts import customer_of
from engagement import numbers, preferences, tokens
from engagement.portal.forms import CHANNEL_WORDS, TOPIC_WORDS, ChoicesForm, CodeForm, NumberForm
from engagement.portal.pages import hello, shop_of, too_often
from engagement.preferences import Choices
from engagement.vocabulary import Channel, Topic

UNDO_SECONDS = 3600


@dataclass(frozen=True)
class Door:
    """Whose preferences a request opens, and where its pages are."""

    customer: Customer
    store: Store | None
    home: str
    number: str


def _by_token(request: HttpRequest, token: str) -> Door:
    whose = tokens.open_preferences(token)
    if whose is None:
        raise Http404
    here = reverse("preferences", args=[token])
    return Door(
        whose.customer, shop_of(request, whose.store), here, reverse("preferences_number", args=[token])
    )


def _by_account(request: HttpRequest) -> Door:
    assert isinstance(request.user, User)  # noqa: S101 (login_required)
    customer = customer_of(request.user)
    if customer is None:
        raise Http404
    here = reverse("account_preferences")
    return Door(customer, shop_of(request, None), here, reverse("account_preferences_number"))


@require_http_methods(["GET", "HEAD", "POST"])
def by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a person gets from us; change it by POST. 404 for a token that opens nothing."""
    return _centre(request, _by_token(request, token), at=timezone.now())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def by_account(request: HttpRequest) -> HttpResponse:
    """The same for whoever is logged in; 404 for a log-in that belongs to no customer yet."""
    return _centre(request, _by_account(request), at=timezone.now())


@require_http_methods(["GET", "HEAD", "POST"])
def number_by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Give a mobile number, and confirm it with the code that is texted to it."""
    return _number(request, _by_token(request, token), at=timezone.now())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def number_by_account(request: HttpRequest) -> HttpResponse:
    """The same for whoever is logged in."""
    return _number(request, _by_account(request), at=timezone.now())


def _centre(request: HttpRequest, door: Door, *, at: datetime) -> HttpResponse:
    hello(request, door.customer, door.store)
    action = request.POST.get("action", "save") if request.method == "POST" else ""
    now, can = preferences.choices_of(door.customer), preferences.open_channels(door.customer)
    form = ChoicesForm(request.POST if action == "save" else None, now=now, can=can, today=at.date())
    wanted: Choices | None = None
    if action == "save" and form.is_valid():
        wanted = form.wanted()
    elif action == "stop":
        wanted = preferences.without(now, preferences.ASKED)
    elif action == "undo":
        wanted = _taken_back(door.customer, request.POST.get("before", ""))
    changed: list[str] = []
    undo = ""
    if wanted is not None:
        words = {str(channel): str(said) for channel, said in CHANNEL_WORDS.items()}
        before = preferences.change(door.customer, wanted, source="preference centre", at=at, words=words)
        door.customer.refresh_from_db()
        now = preferences.choices_of(door.customer)
        changed = list(_told(before, now))
        undo = _undo(door.customer, before) if changed and action != "undo" else ""
        form = ChoicesForm(None, now=now, can=can, today=at.date())
    context = {
        "store": door.store,
        "form": form,
        "home": door.home,
        "number": door.number if Channel.SMS not in can and _can_text() else "",
        "email": _masked_email(door.customer.email),
        "saved": wanted is not None,
        "changed": changed,
        "undo": undo,
        "any": bool(now.channels),
    }
    return render(request, "portal/preferences.html", context)


def _can_text() -> bool:
    return bool(settings.SMS_PROVIDER) and "sms" in settings.CHANNELS


def _told(before: Choices, after: Choices) -> list[str]:
    """Return in words what is different now."""
    said = []
    for channel, words in CHANNEL_WORDS.items():
        was, is_on = channel in before.channels, channel in after.channels
        if was != is_on:
            said.append(
                _("On: %(what)s.") % {"what": words} if is_on else _("Off: %(what)s.") % {"what": words}
            )
    for topic in Topic:
        if (topic in before.muted) != (topic in after.muted):
            words = TOPIC_WORDS[topic]
            off = topic in after.muted
            said.append(
                _("Off: %(what)s.") % {"what": words} if off else _("On: %(what)s.") % {"what": words}
            )
    if before.first != after.first:
        said.append(_("Where we write to first was changed."))
    if before.language != after.language:
        said.append(_("Your language was changed."))
    if before.born_on != after.born_on:
        said.append(_("We noted your birthday.") if after.born_on else _("We forgot your birthday."))
    return said


def _undo(customer: Customer, before: Choices) -> str:
    return secrets.lock(json.dumps([customer.pk, before.as_data()]))


def _taken_back(customer: Customer, sealed: str) -> Choices | None:
    """Return what stood before, None when the form is too old or another's."""
    text = secrets.unlock(sealed, seconds=UNDO_SECONDS)
    if text is None:
        return None
    pk, data = json.loads(text)
    return Choices.from_data(data) if pk == customer.pk else None


def _number(request: HttpRequest, door: Door, *, at: datetime) -> HttpResponse:
    hello(request, door.customer, door.store)
    if door.store is None or not _can_text():
        raise Http404
    sealed = request.POST.get("sealed", "") if request.method == "POST" else ""
    waiting = numbers.asked(door.customer, sealed, at=at) if sealed else None
    number_form = NumberForm(request.POST if request.method == "POST" and not sealed else None)
    code_form = CodeForm(request.POST if waiting else None)
    if waiting and code_form.is_valid():
        words = str(CHANNEL_WORDS[Channel.SMS])
        if numbers.enter(door.customer, sealed, code_form.cleaned_data["code"], words=words, at=at):
            return redirect(door.home)
        code_form.add_error("code", _("This code does not work. Check it, or have a new one sent."))
    elif number_form.is_bound and number_form.is_valid():
        try:
            waiting = numbers.ask(
                door.customer,
                number_form.cleaned_data["phone"],
                store=door.store,
                network=client_network(request),
                at=at,
            )
        except numbers.TooMany as passed:
            return too_often(request, passed.limit, at=at, store=door.store)
        code_form = CodeForm(None)
    elif sealed and waiting is None:
        number_form = NumberForm(None)
    context = {
        "store": door.store,
        "home": door.home,
        "waiting": waiting,
        "ends": waiting.phone[-2:] if waiting else "",
        "number_form": number_form,
        "code_form": code_form,
        "over": bool(sealed and waiting is None),
    }
    return render(request, "portal/number.html", context)


def _masked_email(address: str) -> str:
    """Return enough of an address to know it by: a•••@example.com."""
    name, at_sign, host = address.partition("@")
    return f"{name[:1]}•••@{host}" if at_sign else ""
