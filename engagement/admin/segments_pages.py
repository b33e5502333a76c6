"""The editor of a segment's rule: questions in groups, all of it one form that works without script."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from engagement.admin.segments_shown import path_of, shown, suggested_tags
from engagement.models import Segment
from engagement.segments import editing, services
from engagement.segments.rules import BadRule
from engagement.segments.words import summary
from tracking.models import Product

OFFERED = 300  # products in the field's list; others by their number
STEPS = ("add", "group", "remove")


class RulePages:
    """The editor."""

    def segment(self, request: HttpRequest, pk: int, kind: str = "", *, change: bool = False) -> Segment:
        """Return a segment (of `kind`) this person may see or change. Raises: Http404, PermissionDenied."""
        own: Any = self
        found = Segment.objects.select_related("store").filter(pk=pk).first()
        allowed = own.has_change_permission if change else own.has_view_permission
        if not allowed(request, found):
            raise PermissionDenied
        if found is None or (kind and found.kind != kind):
            raise Http404
        return found

    def show(
        self, request: HttpRequest, segment: Segment, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        """Show one of the pages of a segment."""
        own: Any = self
        whole = {
            **own.admin_site.each_context(request),
            "title": title,
            "segment": segment,
            "opts": own.opts,
            "may_change": own.has_change_permission(request, segment),
            **context,
        }
        return TemplateResponse(request, f"admin/engagement/segment/{name}.html", whole)

    def who(self, request: HttpRequest, pk: int) -> HttpResponse:
        """
        Show and change a segment's rule. Every button sends the whole form: `add`, `group` and `remove` with
        the row they are of, `look` counts, `save` saves. Nothing but `save` changes anything stored.
        """
        segment = self.segment(request, pk, Segment.Kind.RULES, change=request.method == "POST")
        if request.method != "POST":
            return self._editor(request, segment, editing.from_rule(segment.rule))
        root = editing.from_form(request.POST)
        act, _, path = request.POST.get("do", "").partition(" ")
        if act in STEPS:
            editing.change(root, act, path)
        elif act == "save":
            return self._save(request, segment, root)
        return self._editor(request, segment, root, touched=True)

    def _save(self, request: HttpRequest, segment: Segment, root: editing.Row) -> HttpResponse:
        own: Any = self
        rule = editing.to_rule(root)
        stale = request.POST.get("seen") != segment.updated_at.isoformat()
        try:
            if stale:
                raise BadRule(
                    "Somebody changed this segment while you wrote. Open it in another tab and compare."
                )
            services.save_rule(segment=segment, rule=rule, at=timezone.now())
        except BadRule as exc:
            return self._editor(request, segment, root, touched=True, refused=exc)
        own.log_change(request, segment, f"Changed the rule: {summary(rule)}"[:2000])
        own.message_user(request, "Saved. A worker looks who is in it now.", messages.SUCCESS)
        return HttpResponseRedirect(own.address("change", segment.pk))

    def _editor(
        self,
        request: HttpRequest,
        segment: Segment,
        root: editing.Row,
        *,
        touched: bool = False,
        refused: BadRule | None = None,
    ) -> HttpResponse:
        rule = editing.to_rule(root)
        found: Any = None
        if root.rows:
            try:
                services.check(rule, segment=segment)
                found = services.glance(rule, at=timezone.now(), store=segment.store)
            except BadRule as exc:
                refused = refused or exc
        wrong = {path_of(root, refused.place): refused.words} if refused else {}
        goods = Product.objects.filter(removed_at=None).order_by("-pk")
        context = {
            "root": shown(root, wrong, others_than=segment.pk),
            "wrong": str(refused) if refused and not refused.place else "",
            "unfinished": bool(refused),
            "words": "" if refused or not root.rows else summary(rule),
            "found": found,
            "touched": touched,
            "seen": request.POST.get("seen") or segment.updated_at.isoformat(),
            "products": goods.values_list("pk", "title")[:OFFERED],
            "tags": suggested_tags(),
        }
        return self.show(request, segment, "who", "Who is in it", context)
