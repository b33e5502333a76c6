"""
Pages beside the words: how they look, what they can name, a test, and what they were.

The first three answer into a frame on the page they are pressed on, so that what is being written stays
where it is. They are POSTs of the unsaved words and change nothing (a test leaves as a mail).
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from customers.models import Store
from engagement.admin.words import kind_words
from engagement.channels.base import ChannelError
from engagement.liquid import TemplateError
from engagement.models import Template
from engagement.sending import NoTemplate, template_for
from engagement.vocabulary import Channel
from engagement.wording import versions
from engagement.wording.looks import TooMany, Words, looks, send_test
from engagement.wording.names import SNIPPETS, entries
from engagement.wording.real import Chosen, Trial, find, newest, trial

# A message brings its own styles and pictures of the shop's; it runs nothing and is shown nowhere but here.
LOOK_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
NAMES_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)


class TemplatePages:
    """What TemplateAdmin has beside its list and form."""

    def more_pages(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        return [
            self.page("look/", self.look, "look_new"),
            self.page("names/", self.names, "names_new"),
            self.page("test/", self.test, "test_new"),
            self.page("<int:pk>/look/", self.look, "look"),
            self.page("<int:pk>/names/", self.names, "names"),
            self.page("<int:pk>/test/", self.test, "test"),
            self.page("<int:pk>/versions/", self.versions, "versions"),
            self.page("<int:pk>/versions/<int:number>/back/", self.back, "back"),
        ]

    def page(self, route: str, view: Any, name: str) -> URLPattern:
        """Return the address of one page, for staff only."""
        own: Any = self
        return path(route, own.admin_site.admin_view(view), name=f"engagement_template_{name}")

    def look(self, request: HttpRequest, pk: int = 0) -> HttpResponse:
        """Answer into the frame: the words as they would be seen by whom they are tried on."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        words, tried = self._tried(request, pk)
        shown = looks(words, tried)
        return framed("look", {"looks": shown, "tried": tried, "words": words}, LOOK_POLICY)

    def names(self, request: HttpRequest, pk: int = 0) -> HttpResponse:
        """Answer into the frame: what the words can name, each with its value for whom they are tried on."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        words, tried = self._tried(request, pk)
        snippets = SNIPPETS.get(words.channel, SNIPPETS["email"])
        context = {"entries": entries(tried.data), "snippets": snippets, "tried": tried}
        return framed("names", context, NAMES_POLICY)

    def test(self, request: HttpRequest, pk: int = 0) -> HttpResponse:
        """Send the words to whoever is logged in, and answer into the frame what came of it."""
        own: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not own.has_add_permission(request):
            raise PermissionDenied
        words, tried = self._tried(request, pk)
        to = str(getattr(request.user, "email", "")).strip()
        try:
            subject = send_test(words, tried, to=to, by=str(request.user.pk), at=timezone.now())
        except (TemplateError, ChannelError, TooMany) as exc:
            return framed("tested", {"error": str(exc), "to": to}, LOOK_POLICY)
        return framed("tested", {"subject": subject, "to": to, "tried": tried}, LOOK_POLICY)

    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every version, newest first, with what it changed."""
        own: Any = self
        row = self._row(request, pk)
        newest_first = list(row.versions.order_by("-number")[:100])
        pairs = zip(newest_first, [*newest_first[1:], None], strict=True)
        context = {
            **own.admin_site.each_context(request),
            "opts": own.opts,
            "title": f"Versions of {own.label(row)}",
            "row": row,
            "says": own.label(row),
            "may_change": own.has_change_permission(request, row),
            "versions": [
                {"row": one, "lines": versions.differences(before, one), "first": before is None}
                for one, before in pairs
            ],
        }
        return TemplateResponse(request, "admin/engagement/template/versions.html", context)

    def back(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Say again what an older version said."""
        own: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        row = self._row(request, pk)
        if not own.has_change_permission(request, row):
            raise PermissionDenied
        try:
            changed = versions.roll_back(row, number, by=str(request.user), at=timezone.now())
        except versions.NoSuchVersion as exc:
            raise Http404 from exc
        said = f"Back to version {number}, as version {row.version}." if changed else "It says that already."
        own.message_user(request, said)
        if changed:
            own.log_change(request, row, f"Went back to version {number}.")
        return HttpResponseRedirect(own.address("change", pk))

    def _row(self, request: HttpRequest, pk: int) -> Template:
        own: Any = self
        row = Template.objects.select_related("store").filter(pk=pk).first()
        if row is None:
            raise Http404
        if not own.has_view_permission(request, row):
            raise PermissionDenied
        return row

    def _tried(self, request: HttpRequest, pk: int) -> tuple[Words, Trial]:
        """Return the words in the form (else as saved), and the data to fill them with."""
        own: Any = self
        row = self._row(request, pk) if pk else Template()
        if not pk and not own.has_add_permission(request):
            raise PermissionDenied
        store = row.store or _store_of(request)
        words = _words_of(request, row, store)
        chosen = _chosen(request, store)
        return words, trial(words.kind, chosen, language=words.language, at=timezone.now())


def framed(name: str, context: dict[str, Any], policy: str) -> HttpResponse:
    """Answer with a page for a frame on ours, under its own policy."""
    response = HttpResponse(render_to_string(f"admin/engagement/template/{name}.html", context))
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _store_of(request: HttpRequest) -> Store | None:
    """Return the store chosen for trying on, None for none: built-in words belong to no store."""
    given = request.POST.get("try_store") or request.POST.get("store") or ""
    return Store.objects.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 10 else None


def _chosen(request: HttpRequest, store: Store | None) -> Chosen | None:
    """Return whom to try on; nobody real for staff who may not see orders."""
    if store is None or not request.user.has_perm("tracking.view_order"):
        return None
    text = request.POST.get("try_on", "").strip()[:254]
    return find(store, text) if text else newest(store)


def _words_of(request: HttpRequest, row: Template, store: Store | None) -> Words:
    given = request.POST
    language = given.get("try_language", "")[:10]
    own = row.language or "en"
    if row.pk and language and language != own:
        other = _other(row, store, language)
        if other is not None:
            return Words(other.subject, other.body, row.kind, other.language, other.channel, store)
    return Words(
        subject=given.get("subject", row.subject)[:300],
        body="\n".join(given.get("body", row.body).splitlines()) + "\n",
        kind=row.kind or given.get("kind") or given.get("own_kind", "").strip().lower()[:40],
        language=own if row.pk else given.get("language", own)[:10] or own,
        channel=row.channel if row.pk else given.get("channel", Channel.EMAIL),
        store=store,
    )


def _other(row: Template, store: Store | None, language: str) -> Template | None:
    """Return the words of the same message in another language, as they are saved."""
    rows = Template.objects.filter(kind=row.kind, language=language)
    if store is None:
        return rows.filter(store=None, channel=row.channel).first()
    try:
        found = template_for(row.kind, store, [language], row.channel)
    except NoTemplate:
        return None
    return found if found.language == language else None


def languages_of(row: Template) -> list[str]:
    """Return the languages there are words of this message in, its own first."""
    stores = [None, row.store_id]
    rows = Template.objects.filter(kind=row.kind).filter(store__isnull=True) | Template.objects.filter(
        kind=row.kind, store_id__in=[pk for pk in stores if pk]
    )
    others = sorted(set(rows.values_list("language", flat=True)) - {row.language})
    return [row.language, *others]


def title_of(row: Template) -> str:
    """Return kind, language and, where it is not e-mail, the way of sending."""
    way = "" if row.channel == Channel.EMAIL else f", {row.get_channel_display()}"
    return f"{kind_words(row.kind)} ({row.language}{way})"
