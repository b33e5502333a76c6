"""Pages about a policy that change nothing but its versions: history, why, replay."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from config.lib.staff import cells
from returns.models import Policy, PolicyVersion
from returns.policy.base import Verdict
from returns.policy.deciding import hear
from returns.policy.words import differences, sentences
from returns.services.assess import Assessment, Judge, assess
from returns.services.policies import (
    NothingNew,
    Stale,
    body_of,
    draft_of,
    go_back,
    has_draft,
    stamp,
)
from returns.services.replay import Changes, replay
from returns.vocabulary import OF_RETURNS, Kind, Method, Outcome, Reason
from tracking.models import Location, Order

SPANS = (30, 90, 365)
SECONDS = 20.0  # a page waits no longer; the command replays everything


class PolicyPages:
    """What the editor's pages share, and the pages beside it."""

    def more_pages(self) -> list[URLPattern]:
        """Return the addresses of these pages."""
        own: Any = self
        return [
            own.page("<int:pk>/versions/", self.versions, "versions"),
            own.page("<int:pk>/versions/<int:number>/back/", self.back, "back"),
            own.page("<int:pk>/why/", self.why, "why"),
            own.page("<int:pk>/replay/", self.replayed, "replay"),
        ]

    def row(self, request: HttpRequest, pk: int, *, change: bool = False) -> Policy:
        """Return a policy that this person may see (or `change`). Raises: Http404, PermissionDenied."""
        own: Any = self
        policy = Policy.objects.select_related("store").filter(pk=pk).first()
        if policy is None:
            raise Http404
        allowed = own.has_change_permission if change else own.has_view_permission
        if not allowed(request, policy):
            raise PermissionDenied
        return policy

    def places(self, policy: Policy) -> dict[str, str]:
        """Return the store's locations: {the shop's id: name}."""
        rows = Location.objects.filter(store=policy.store).values_list("external_id", "name")
        return {code: name or code for code, name in rows}

    def shown(
        self, request: HttpRequest, policy: Policy, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        """Show one of the pages of a policy."""
        own: Any = self
        may = own.has_change_permission(request, policy)
        whole = {
            **own.admin_site.each_context(request),
            "title": title,
            "policy": policy,
            "store": policy.store,
            "seen": stamp(policy),
            "may_change": may,
            "opts": own.opts,
            "change_url": own.address("change", policy.pk),
            "reasons": [reason.label for reason in OF_RETURNS],
            **context,
        }
        return TemplateResponse(request, f"admin/returns/policy/{name}.html", whole)

    # --- versions ---
    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show every version: who, when, why, what it changed; each can be published again."""
        policy = self.row(request, pk)
        currency, places = policy.store.currency, self.places(policy)
        rows = list(policy.versions.order_by("-number"))
        before = [*rows, None][1:]
        told = [
            {
                "row": row,
                "words": sentences(body_of(row), currency, places),
                "changes": differences(body_of(old), body_of(row), currency, places),
            }
            for row, old in zip(rows, before, strict=True)
        ]
        return self.shown(request, policy, "versions", "Versions", {"versions": told})

    def back(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Publish an old version again."""
        own: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        policy = self.row(request, pk, change=True)
        seen = request.POST.get("seen", "")
        try:
            version = go_back(policy_id=pk, number=number, seen=seen, at=timezone.now(), by=str(request.user))
        except PolicyVersion.DoesNotExist as exc:
            raise Http404 from exc
        except (Stale, NothingNew) as exc:
            own.message_user(request, str(exc), messages.ERROR)
        else:
            own.log_change(request, policy, f"Went back to version {number}.")
            words = f"Version {version.number} is in force. It says what version {number} said."
            own.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(own.address("versions", pk))

    # --- why ---
    def why(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how one order is judged: every piece, every rule, which fact decided."""
        policy = self.row(request, pk)
        words = request.GET.get("order", "").strip()[:80]
        reason = request.GET.get("reason", "")
        reason = reason if reason in Reason.values else ""
        kind = Kind.CLAIM if request.GET.get("kind") == Kind.CLAIM else Kind.RETURN
        context: dict[str, Any] = {"number": words, "reason": reason, "kind": kind, "choices": Reason.choices}
        order = _order(policy, words) if words else None
        if order:
            reasons = dict.fromkeys(order.lines.values_list("pk", flat=True), reason) if reason else {}
            found = assess(order, at=timezone.now(), reasons=reasons, kind=kind)
            context |= {"order": order, "found": found, "items": _told(found, reason, kind)}
        return self.shown(request, policy, "why", "Why, for one order", context)

    # --- replay ---
    def replayed(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a version or the draft would have changed over real orders and returns."""
        policy = self.row(request, pk)
        asked = request.GET.get("days", "")
        days = int(asked) if asked in {str(span) for span in SPANS} else SPANS[1]
        numbers = list(policy.versions.order_by("-number").values_list("number", flat=True))
        of = request.GET.get("of", "")
        number = int(of) if of in {str(number) for number in numbers} else None
        context: dict[str, Any] = {
            "days": days,
            "spans": SPANS,
            "numbers": numbers,
            "number": number,
            "drafted": has_draft(policy),
        }
        if "days" in request.GET:
            body = body_of(policy.versions.get(number=number)) if number else draft_of(policy)
            found = replay(policy.store, body, days=days, at=timezone.now(), seconds=SECONDS)
            context |= {"report": found, "sums": _sums(found), "rows": _rows(found)}
        return self.shown(request, policy, "replay", "What would have changed", context)


def _order(policy: Policy, words: str) -> Order | None:
    key = words.lstrip("#").replace(" ", "").upper()
    rows = Order.objects.filter(store=policy.store, number_key=key).select_related("store", "customer")
    return rows.order_by("-placed_at").first()


def _told(found: Assessment, reason: str, kind: str) -> list[dict[str, Any]]:
    """Return each item as the page shows it."""
    judge = found.judge
    told = []
    for item in found.items:
        verdict = item.verdict
        piece = next(
            one
            for one in judge.material.pieces
            if one.line == item.line and one.part == item.part and _is_of(one, item.free)
        )
        tone = cells.GOOD if verdict.allowed else cells.BAD if item.free else cells.QUIET
        told.append(
            {
                "item": item,
                "name": str(item.part.part) if item.part else item.line.title,
                "pill": cells.pill("May come back" if verdict.allowed else "May not", tone),
                "terms": _terms(verdict, found) if verdict.allowed else [],
                "heard": _heard(judge, piece, reason) if item.free and kind == Kind.RETURN else [],
            }
        )
    return told


def _is_of(piece: Any, free: tuple[tuple[int, int], ...]) -> bool:
    return not free or (piece.index, piece.part_index) == free[0]


def _terms(verdict: Verdict, found: Assessment) -> list[tuple[str, str]]:
    zone = found.order.store.zone
    until = cells.moment(verdict.until, zone) if verdict.until else "no end runs yet"
    return [
        ("Until", until),
        ("May choose", ", ".join(Outcome(one).label for one in verdict.outcomes)),
        ("May send it by", ", ".join(Method(one).label for one in verdict.methods)),
        ("Need not be sent", "yes" if verdict.keep else "no"),
        ("Photo", "yes" if verdict.photo else "no"),
        ("A person looks", "yes" if verdict.review else "no"),
    ]


def _heard(judge: Judge, piece: Any, reason: str) -> list[dict[str, Any]]:
    """Return every rule of the version that decided, with what it asked and saw."""
    verdict = judge.verdict(piece, reason)
    says = judge.newest if verdict.version == judge.newest.number else judge.frozen
    case = judge.case(piece, reason)
    return [{"heard": one} for one in hear(says.body, case.known, case.currency)]


def _sums(found: Changes) -> list[tuple[str, str]]:
    return [
        (words, cells.sum_of(minor, currency))
        for currency, total in sorted(found.totals.items())
        for words, minor in (
            ("Fees not taken", total.fees),
            ("Bonus given", total.bonus),
            ("Worth of pieces newly taken back", total.let_in),
            ("Worth of pieces newly refused", -total.refused),
            ("Worth of pieces newly left with the shopper", total.kept),
            ("All together", total.cost),
        )
        if minor or words == "All together"
    ]


def _rows(found: Changes) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "units": one.units,
            "costs": [cells.sum_of(minor, currency) for currency, minor in sorted(one.costs.items())],
        }
        for one in sorted(found.rules.values(), key=lambda one: -one.units)
    ]
