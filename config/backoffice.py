"""Django's admin, dressed: same machinery, our words, our log-in, and a first page of what needs a person."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import translation

from config.lib.staff.pages import Hit, StaffAdmin

LONGEST_SEARCH = 254  # an e-mail address
# Which lists stand together, daily work first, in this order. What is not named stands at the end.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What needs you",
        (
            "customers.alert",
            "customers.case",
            "tracking.incident",
            "tracking.flag",
            "tracking.makegood",
            "tracking.shopaction",
            "returns.return",
            "returns.refund",
            "returns.exchange",
            "returns.paymentrequest",
            "customers.privacyrequest",
        ),
    ),
    (
        "Orders and people",
        (
            "tracking.order",
            "tracking.shipment",
            "tracking.label",
            "customers.customer",
        ),
    ),
    (
        "About returns",
        ("returns.producttask", "returns.storecredit", "returns.policy", "returns.returnsettings"),
    ),
    (
        "Messages",
        (
            "engagement.journey",
            "engagement.enrolment",
            "engagement.campaign",
            "engagement.segment",
            "engagement.message",
            "engagement.template",
            "engagement.guide",
            "engagement.suppression",
            "customers.alertroute",
        ),
    ),
    ("Goods", ("tracking.product", "tracking.stocklevel", "tracking.location")),
    (
        "Shops and carriers",
        (
            "customers.store",
            "tracking.carrieraccount",
            "tracking.watchrules",
            "tracking.etarules",
            "tracking.importjob",
            "tracking.reconcilerun",
            "tracking.reconcilefinding",
        ),
    ),
    (
        "Records",
        (
            "tracking.promise",
            "tracking.transitmodel",
            "tracking.inbound",
            "customers.event",
            "customers.delivery",
            "customers.customermerge",
            "tracking.link",
        ),
    ),
    ("Access", ("customers.user", "auth.group", "customers.partner", "customers.apikey")),
)
OTHERS = "Log-ins and background work"
NAMES = [*(name for name, _ in SECTIONS), OTHERS]
_PLACES = {
    model: (order, place, name)
    for order, (name, models) in enumerate(SECTIONS)
    for place, model in enumerate(models)
}


def _position(model: type[Model]) -> tuple[int, int, str]:
    return _PLACES.get(model._meta.label_lower, (len(SECTIONS), 0, model._meta.label_lower))


def _section(model: type[Model]) -> str:
    return _PLACES.get(model._meta.label_lower, (0, 0, OTHERS))[2]


class BackOffice(AdminSite):
    """The staff's site. Log-in goes through allauth, so its limits hold here too."""

    site_title = site_header = "Porchlight"
    index_title = "Back-office"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # The bound method: what allauth wraps is called with the request alone.
        self.login = secure_admin_login(self.login)  # type: ignore[method-assign]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Speak one language on one page: our words here are English, so Django's are too."""
        inner = super().admin_view(view, cacheable)

        def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            translation.activate("en")  # the next request's middleware chooses again
            return inner(request, *args, **kwargs)

        return spoken

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the quick search."""
        return [path("find/", self.admin_view(self.find), name="find"), *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Return the lists in sections, under the names staff use; those of one app for its own page."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            for entry in app["models"]:
                entry["name"] = self._called(entry["model"]) or entry["name"]
            app["models"].sort(key=lambda entry: _position(entry["model"]))
        if app_label:
            return apps
        entries = sorted((e for app in apps for e in app["models"]), key=lambda e: _position(e["model"]))
        named = [(name, [e for e in entries if _section(e["model"]) == name]) for name in NAMES]
        return [{"name": name, "app_label": "", "models": found} for name, found in named if found]

    def _called(self, model: type[Model]) -> str:
        page = self._registry[model]
        return page.plural if isinstance(page, StaffAdmin) else ""

    def _pages(self, request: HttpRequest) -> list[StaffAdmin]:
        pages = [page for page in self._registry.values() if isinstance(page, StaffAdmin)]
        return [page for page in pages if page.has_view_permission(request)]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what needs a person, the quick search, and the way to everything else."""
        needs = [need for page in self._pages(request) for need in page.need_counts(request)]
        open_needs = [need for need in needs if need["count"]]
        context = {
            "quick_focus": True,
            "needs": open_needs,
            "calm": [need for need in needs if not need["count"]],
            **(extra_context or {}),
        }
        return super().index(request, context)

    def find(self, request: HttpRequest) -> HttpResponse:
        """
        Find what was typed in any app; a single hit opens at once.

        By POST only: what people look for is names and addresses, which have no place in a log of addresses.
        """
        if request.method != "POST":
            return HttpResponseRedirect("../")
        words = request.POST.get("words", "").strip()[:LONGEST_SEARCH]
        hits: list[Hit] = (
            [hit for page in self._pages(request) for hit in page.find(request, words)] if words else []
        )
        if len({hit.url for hit in hits}) == 1:
            return HttpResponseRedirect(hits[0].url)
        context = {**self.each_context(request), "title": "Search", "words": words, "hits": hits}
        return TemplateResponse(request, "admin/find.html", context)
