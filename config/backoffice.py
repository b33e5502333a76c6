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
# The order of the apps, daily work first; what keeps the house running stands together at the end.
APPS = ("tracking", "engagement", "customers")
HOUSEKEEPING = "Log-ins and background work"


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
        """Return the lists in the order of daily work, under the names staff use."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            for entry in app["models"]:
                entry["name"] = self._page(entry["model"]).get("plural") or entry["name"]
            app["models"].sort(key=lambda entry: (self._page(entry["model"]).get("place", 99), entry["name"]))
        return apps if app_label else self._grouped(apps)

    def _page(self, model: type[Model]) -> dict[str, Any]:
        page = self._registry[model]
        return {"plural": page.plural, "place": page.place} if isinstance(page, StaffAdmin) else {}

    def _grouped(self, apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        daily = [app for code in APPS for app in apps if app["app_label"] == code]
        rest = [entry for app in apps if app not in daily for entry in app["models"]]
        if not rest:
            return daily
        home = next(app for app in apps if app not in daily)
        return [*daily, {**home, "name": HOUSEKEEPING, "models": rest}]

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
