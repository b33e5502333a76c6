"""Approving many returns: first a page that says what would happen to each, then what did."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import ONE_BY_ONE, ReadOnlyAdmin
from returns.models import Return
from returns.services.staff import Plan, approve_shown, plans, totals

APPROVED = "Approved."


class Bulk(ReadOnlyAdmin):
    """The list's action, and the page it leads to."""

    @admin.action(description="Approve… (shows first what will happen)", permissions=["change"])
    def approve_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Show what approving the chosen rows would do; nothing is changed yet."""
        if queryset.order_by()[: ONE_BY_ONE + 1].count() > ONE_BY_ONE:
            self.message_user(request, f"Choose at most {ONE_BY_ONE} at a time.", messages.ERROR)
            return None
        found = plans(queryset)
        context = {
            **self._shared(request, "Approve these returns?"),
            "rows": [_row(self, one) for one in found],
            "fine": sum(one.fine for one in found),
            "left": sum(not one.fine for one in found),
            "totals": [
                {
                    "currency": total.currency,
                    "count": total.count,
                    "refund": cells.sum_of(total.refund_minor, total.currency),
                    "credit": cells.sum_of(total.credit_minor, total.currency),
                    "due": cells.sum_of(total.due_minor, total.currency),
                }
                for total in totals(found)
            ],
            "bulk_url": self.address("bulk"),
        }
        return TemplateResponse(request, "admin/returns/return/bulk.html", context)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """Approve the rows of the preview (POST), each as it was shown, and say what came of each."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        chosen = _chosen(request.POST.getlist("row"))
        if request.method != "POST" or not chosen:
            self.message_user(request, "Choose returns in the list first.", messages.INFO)
            return HttpResponseRedirect(self.address("changelist"))
        if len(chosen) > ONE_BY_ONE:
            self.message_user(request, f"Choose at most {ONE_BY_ONE} at a time.", messages.ERROR)
            return HttpResponseRedirect(self.address("changelist"))
        rows = Return.objects.select_related("order", "store").in_bulk(list(chosen))
        results = []
        for pk, version in chosen.items():
            if pk not in rows:
                continue
            said = approve_shown(pk, version, by=str(request.user), at=timezone.now())
            if said == APPROVED:
                self.log_change(request, rows[pk], "Approved, with others.")
            tone = cells.GOOD if said.startswith("Approved") else cells.WARN
            results.append({"ret": rows[pk], "url": self.address("change", pk), "said": said, "tone": tone})
        context = {
            **self._shared(request, "What became of them"),
            "results": results,
            "approved": sum(one["said"] == APPROVED for one in results),
        }
        return TemplateResponse(request, "admin/returns/return/bulk_done.html", context)

    def _shared(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "lists": self.called,
            "list_url": self.address("changelist"),
        }


def _row(page: ReadOnlyAdmin, one: Plan) -> dict[str, Any]:
    return {"plan": one, "ret": one.ret, "url": page.address("change", one.ret.pk)}


def _chosen(told: list[str]) -> dict[int, int]:
    """Return {return: version} of the form's "7:3"; what is none is left out."""
    found: dict[int, int] = {}
    for each in told:
        pk, _, version = each.partition(":")
        if pk.isdecimal() and version.isdecimal():
            found[int(pk)] = int(version)
    return found
