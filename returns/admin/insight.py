"""What returns teach a store, as a page: rates, reasons, what stands out, what it costs; and as CSV."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.money import major
from config.lib.staff import cells, export
from config.lib.staff.pages import StaffAdmin
from customers.models import Store
from returns.insight import Finding
from returns.services.insight import Insight, insight_of, open_tasks, risk_of
from returns.vocabulary import Reason

SPANS = (30, 90, 365)
USUAL = 90
KINDS = (("product", "Products"), ("size", "Sizes"), ("vendor", "Suppliers"))


class Learning(StaffAdmin):
    """The insight page, beside the tasks it makes."""

    def learning_urls(self) -> list[URLPattern]:
        """Return the addresses of the page, its CSV and its button."""
        pages = {"insight": self.insight, "insight_csv": self.insight_csv, "insight_find": self.insight_find}
        view = self.admin_site.admin_view
        return [
            path(f"{name.replace('_', '/')}/", view(page), name=f"returns_producttask_{name}")
            for name, page in pages.items()
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the tasks, with the way to what they are found by."""
        context = {"insight_url": self.address("insight"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def insight(self, request: HttpRequest) -> HttpResponse:
        """Show one store's returns of what was sold in a period."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        store, days = _asked(request.GET)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "What returns teach",
            "lists": self.called,
            "list_url": self.address("changelist"),
            "stores": Store.objects.order_by("name"),
            "store": store,
            "days": days,
            "spans": SPANS,
            "may_find": self.has_change_permission(request),
        }
        if store is not None:
            now = timezone.now()
            found = insight_of(store, since=now - timedelta(days=days), until=now)
            context |= _shown(store, found)
            context["signals"] = risk_of(store, since=now - timedelta(days=days), until=now)
            context |= {"csv_url": self.address("insight_csv"), "find_url": self.address("insight_find")}
        return TemplateResponse(request, "admin/returns/insight/page.html", context)

    def insight_csv(self, request: HttpRequest) -> HttpResponseBase:
        """Stream what was tested as CSV. By POST: the log notes who took it."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_view_permission(request):
            raise PermissionDenied
        store, days = _asked(request.POST)
        if store is None:
            return HttpResponseRedirect(self.address("insight"))
        now = timezone.now()
        found = insight_of(store, since=now - timedelta(days=days), until=now)
        self.log_list(request, f"Downloaded what returns teach {store}")
        return export.response(_lines(store, found), COLUMNS, "returns-insight")

    def insight_find(self, request: HttpRequest) -> HttpResponse:
        """Make tasks of what stands out (POST)."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_change_permission(request):
            raise PermissionDenied
        store, days = _asked(request.POST)
        if store is None:
            return HttpResponseRedirect(self.address("insight"))
        now = timezone.now()
        made = open_tasks(store, since=now - timedelta(days=days), until=now, at=now)
        if made:
            self.log_list(request, f"Made {len(made)} tasks for {store}")
            self.message_user(request, f"{len(made)} made.", messages.SUCCESS)
        else:
            self.message_user(request, "Nothing new stands out.", messages.INFO)
        return HttpResponseRedirect(f"{self.address('changelist')}?state__exact=OPEN")


def per_cent(rate: float) -> str:
    """Return a share as staff read it: 0.1234 is '12.3 %'."""
    return f"{rate * 100:.1f} %"


def _asked(told: Any) -> tuple[Store | None, int]:
    """Return the store and days that were asked for; the only store, and 90 days, where none were."""
    stores = Store.objects.order_by("name")
    slug, days = told.get("store", ""), told.get("days", "")
    store = stores.filter(slug=slug).first() if slug else stores.first()
    return store, int(days) if days.isdecimal() and int(days) in SPANS else USUAL


def _shown(store: Store, found: Insight) -> dict[str, Any]:
    most = max(found.reasons.values(), default=0)
    units = sum(found.reasons.values())
    money = store.currency
    hours = found.hours_to_refund
    return {
        "found": found,
        "facts": [
            ("Units sold", f"{found.sold:,}"),
            ("Came back", f"{found.returned:,}"),
            ("Rate", per_cent(found.rate) if found.rate is not None else cells.EMPTY),
            ("Claimed", f"{found.claimed:,}"),
            ("Given back", cells.sum_of(found.refunded_minor, money)),
            ("Kept as exchange or credit", cells.sum_of(found.kept_minor, money)),
            ("Cost: labels", cells.sum_of(found.labels_minor, money)),
            ("Cost: goods lost", cells.sum_of(found.lost_minor, money)),
            ("Cost in all", cells.sum_of(found.cost_minor, money)),
            ("Refund after (median)", _span(hours) if hours is not None else cells.EMPTY),
        ],
        "reasons": [
            {
                "label": Reason(reason).label if reason in Reason.values else reason,
                "units": count,
                "share": per_cent(count / units),
                "most": most,
            }
            for reason, count in found.reasons.items()
        ],
        "tables": [
            {"title": title, "rows": [_row(one, kind, found, money) for one in findings if one.counts]}
            for (kind, title), findings in zip(KINDS, _all(found), strict=True)
        ],
        "tested": sum(len(findings) for findings in _all(found)),
    }


def _all(found: Insight) -> tuple[Sequence[Finding], ...]:
    return found.products, found.sizes, found.suppliers


def _row(one: Finding, kind: str, found: Insight, currency: str) -> dict[str, Any]:
    tally = one.tally
    return {
        "name": _name(one, kind, found),
        "reason": Reason(tally.reason).label,
        "counts": f"{tally.returned} of {tally.sold}",
        "rate": per_cent(one.rate),
        "baseline": per_cent(one.baseline),
        "words": f"{one.lift:.1f} times as often as the others. {chance(one.p)}",
        "cost": cells.sum_of(tally.cost_minor, currency),
    }


def _name(one: Finding, kind: str, found: Insight) -> str:
    return found.names.get(f"{kind}:{one.tally.group}", one.tally.group)


def chance(p: float) -> str:
    """Return how likely chance alone would do it, in plain words."""
    if p < 0.000001:
        return "Chance alone: less than once in a million."
    return f"Chance alone: about once in {round(1 / p):,}." if p < 0.5 else "Chance alone would do it."


def _span(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.1f} days"


COLUMNS: export.Columns = (
    ("Of", lambda row: row["kind"]),
    ("Name", lambda row: row["name"]),
    ("Reason", lambda row: row["one"].tally.reason),
    ("Returned", lambda row: row["one"].tally.returned),
    ("Sold", lambda row: row["one"].tally.sold),
    ("Rate", lambda row: round(row["one"].rate, 4)),
    ("Rate of the others", lambda row: round(row["one"].baseline, 4)),
    ("Chance", lambda row: row["one"].p),
    ("Stands out", lambda row: row["one"].counts),
    ("Goods lost", lambda row: f"{major(row['one'].tally.cost_minor, row['currency']):f}"),
    ("Currency", lambda row: row["currency"]),
)


def _lines(store: Store, found: Insight) -> Iterator[dict[str, Any]]:
    for (kind, title), findings in zip(KINDS, _all(found), strict=True):
        for one in findings:
            yield {"kind": title, "name": _name(one, kind, found), "one": one, "currency": store.currency}
