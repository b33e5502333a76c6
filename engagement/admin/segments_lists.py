"""Who is in a segment, and for lists the ways in and out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone

from config.lib.staff import export
from engagement.models import Membership, Segment
from engagement.segments import lists

A_PAGE = 100
SHOWN = 50  # lines that name nobody
COLUMNS: export.Columns = (
    ("Name", lambda m: m.customer.name),
    ("E-mail", lambda m: m.customer.email),
    ("Phone", lambda m: m.customer.phone),
    ("Language", lambda m: m.customer.language),
    ("Since", lambda m: m.entered_at),
)
UNKNOWN: export.Columns = (
    ("Line", lambda p: p.line),
    ("Text", lambda p: p.text),
    ("Why", lambda p: p.why),
)


def _after(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class ListPages:
    """Members and import."""

    def members(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show who is in it, a page at a time, by the order of their keys; of a list, take one off (POST)."""
        own: Any = self
        kind = Segment.Kind.LIST if request.method == "POST" else ""
        segment = own.segment(request, pk, kind, change=request.method == "POST")
        after = _after(request.POST.get("after") or request.GET.get("after", ""))
        if request.method == "POST":
            gone = lists.remove(
                segment=segment, customer_ids=[_after(request.POST.get("customer", ""))], at=timezone.now()
            )
            own.log_change(request, segment, "Took somebody off the list.") if gone else None
            own.message_user(request, f"{gone} taken off the list.", messages.SUCCESS)
            return HttpResponseRedirect(f"{own.address('members', pk)}?after={after}")
        rows = Membership.objects.filter(segment=segment, customer_id__gt=after).select_related("customer")
        found = list(rows.order_by("customer_id")[: A_PAGE + 1])
        context = {
            "rows": found[:A_PAGE],
            "after": after,
            "next": found[A_PAGE - 1].customer_id if len(found) > A_PAGE else None,
            "is_list": segment.kind == Segment.Kind.LIST,
        }
        return own.show(request, segment, "members", "Who is in it", context)  # type: ignore[no-any-return]

    def members_csv(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Stream everybody in it as CSV. By POST: the log notes who took it."""
        own: Any = self
        segment = own.segment(request, pk)
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        own.log_change(request, segment, "Downloaded its members as CSV.")
        rows = Membership.objects.filter(segment=segment).select_related("customer").order_by("customer_id")
        return export.response(rows.iterator(chunk_size=2000), COLUMNS, f"segment-{segment.pk}")

    def file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """
        Put people on a list by their addresses, typed or in a file. `do`: look (writes nothing), unknown (the
        lines that name nobody, as CSV), add.
        """
        own: Any = self
        segment = own.segment(request, pk, Segment.Kind.LIST, change=True)
        if request.method != "POST":
            return own.show(request, segment, "file", "Put people on it", {"tell": True})  # type: ignore[no-any-return]
        if not own.has_change_permission(request, segment):
            raise PermissionDenied
        typed, tell = request.POST.get("people", ""), "tell" in request.POST
        upload = request.FILES.get("file")
        body = upload.read(lists.MAX_BYTES + 1) if upload else typed.encode()
        context: dict[str, Any] = {"typed": typed, "tell": tell}
        try:
            if request.POST.get("do") == "add":
                came, found = lists.take_in(segment=segment, body=body, at=timezone.now(), tell=tell)
                return self._added(request, segment, came, found)
            found = lists.look_up(segment=segment, body=body)
        except lists.BadFile as exc:
            return own.show(request, segment, "file", "Put people on it", {**context, "wrong": str(exc)})  # type: ignore[no-any-return]
        if request.POST.get("do") == "unknown":
            return export.response(found.problems, UNKNOWN, f"segment-{segment.pk}-unknown")
        context |= {"found": found, "problems": found.problems[:SHOWN]}
        return own.show(request, segment, "file", "Put people on it", context)  # type: ignore[no-any-return]

    def _added(self, request: HttpRequest, segment: Segment, came: int, found: lists.Found) -> HttpResponse:
        own: Any = self
        own.log_change(request, segment, f"Put {came} on the list.")
        words = f"{came} put on the list; {found.there} were on it."
        if found.problems:
            words += f" {len(found.problems)} lines name nobody."
        own.message_user(request, words, messages.WARNING if found.problems else messages.SUCCESS)
        return HttpResponseRedirect(own.address("members", segment.pk))
