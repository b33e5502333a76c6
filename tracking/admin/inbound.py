"""Deliveries from shops and carriers: what came, what became of it, and reading it again."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, ReadOnlyAdmin
from tracking.admin import tones
from tracking.models import Inbound
from tracking.services.inbound import replay

# Headers that may carry a secret in clear. The door keeps none of them; this is the second lock.
SECRET = ("auth", "cookie", "token", "secret", "key", "hmac", "sign")


def body_text(body: bytes) -> str:
    """Return a raw body for reading: JSON indented, anything else as text, what is no text replaced."""
    text = body.decode("utf-8", errors="replace")
    try:
        return cells.pretty(json.loads(text))
    except ValueError:
        return text
    except RecursionError:  # brackets a thousand deep
        return text


@admin.register(Inbound)
class InboundAdmin(ReadOnlyAdmin):
    """Everything others sent us, raw."""

    state_pill = staticmethod(cells.status("state", "State", tones.INBOUND))
    list_display = (
        "topic",
        "source",
        "sender",
        "state_pill",
        "reason",
        cells.number("attempts", "Tries"),
        cells.when("received_at", "Received"),
    )
    list_filter = (
        "state",
        recent_values("source", "source"),
        recent_values("topic", "topic"),
        "store",
        "account",
    )
    list_select_related = ("store", "account")
    search_fields = ("delivery_key__endswith", "waits_for")
    search_help_text = "The sender's id of the delivery, or what it waits for, e.g. order:harbour-pine:1042."
    ordering = ("-pk",)
    actions = ("replay",)
    buttons = ("replay",)
    needs = (
        Need("Deliveries that could not be read", cells.BAD, {"state__exact": Inbound.State.FAILED}),
        Need("Deliveries that wait for another", cells.WARN, {"state__exact": Inbound.State.BLOCKED}),
    )
    fieldsets = (
        (None, {"fields": ("source", "topic", "sender", "state_pill", "reason", "waits_for", "error")}),
        ("When", {"fields": ("triggered_at", "received_at", "handled_at", "due_at", "attempts")}),
        ("As it came", {"fields": ("raw_body", "raw_headers", "delivery_key", "content_key")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inbound]:
        """Leave the bodies in the database until one is looked at."""
        return super().get_queryset(request).select_related("store", "account").defer("body", "headers")

    @admin.display(description="From")
    def sender(self, row: Inbound) -> str:
        """Return the store or account it came through."""
        return cells.link(row.store or row.account)

    @admin.display(description="Body")
    def raw_body(self, row: Inbound) -> str:
        """Return the body, indented and escaped."""
        return cells.raw(body_text(bytes(row.body)), "Body")

    @admin.display(description="Headers")
    def raw_headers(self, row: Inbound) -> str:
        """Return the headers, those with secrets covered."""
        shown = {k: "•••" if any(word in k.lower() for word in SECRET) else v for k, v in row.headers.items()}
        return cells.raw("\n".join(f"{name}: {value}" for name, value in shown.items()), "Headers")

    @admin.display(description="Last error")
    def error(self, row: Inbound) -> str:
        """Return what the reader stumbled over."""
        return cells.raw(row.last_error, "Last error") if row.last_error else cells.EMPTY

    def label(self, row: Any) -> str:
        """Return topic and the sender's id."""
        return f"{row.topic or row.source} {row.delivery_key.rsplit(':', 1)[-1][:40]}"

    @admin.action(description="Replay", permissions=["change"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Inbound]) -> None:
        """Have deliveries read again. What has had its effect has it once: twice read changes nothing."""
        at = timezone.now()
        self.each(
            request,
            queryset,
            lambda row: replay(Inbound.objects.filter(pk=row.pk), at=at),
            done="put back to be read",
            bulk=lambda rows: replay(Inbound.objects.filter(pk__in=rows.values("pk")), at=at),
        )
