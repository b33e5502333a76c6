"""
The policy editor: a store's return policy as sentences. Every change goes into a draft; the draft can be
undone step by step, thrown away, looked at in words, tried on real orders, and published.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import StaffAdmin
from returns.admin.policies_forms import BaseForm, HolidayForm, RuleForm
from returns.admin.policies_pages import PolicyPages
from returns.models import Policy
from returns.policy.base import Body, Rule
from returns.policy.reading import BadPolicy
from returns.policy.shopper import for_shopper
from returns.policy.words import base_words, differences, holiday_words, rule_words
from returns.services.policies import (
    NothingNew,
    Stale,
    body_of,
    discard,
    draft_of,
    has_draft,
    newest_of,
    publish_draft,
    save_draft,
    undo,
)


@admin.register(Policy)
class PolicyAdmin(PolicyPages, StaffAdmin):
    """One policy per store; its page is the editor."""

    plural = "Return policies"
    list_display = ("store", "versions_so_far", "draft_state", cells.when("draft_at", "Draft changed"))
    list_select_related = ("store",)
    search_fields = ("store__name", "store__slug")
    ordering = ("store__name",)
    fields = ("store",)
    add_form_template = "admin/change_form.html"  # the editor has a page of that name, for rows there are

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load the versions: there are few of them."""
        return super().get_queryset(request).prefetch_related("versions")

    @admin.display(description="In force")
    def versions_so_far(self, row: Policy) -> str:
        """Return which version holds."""
        numbers = [version.number for version in row.versions.all()]
        return f"Version {max(numbers)}" if numbers else "The house’s default"

    @admin.display(description="Draft")
    def draft_state(self, row: Policy) -> str:
        """Return whether a next version is being written, and by whom."""
        return cells.pill(f"Draft of {row.draft_by}", cells.WARN) if has_draft(row) else cells.EMPTY

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: returns are judged by its versions."""
        return False

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Go on to the editor."""
        return HttpResponseRedirect(self.address("change", obj.pk))

    def get_urls(self) -> list[URLPattern]:
        """Add the editor's forms and pages."""
        return [
            self.page("<int:pk>/base/", self.base, "base"),
            self.page("<int:pk>/rule/", self.rule, "rule_add"),
            self.page("<int:pk>/rule/<slug:code>/", self.rule, "rule"),
            self.page("<int:pk>/holiday/", self.holiday, "holiday_add"),
            self.page("<int:pk>/holiday/<int:place>/", self.holiday, "holiday"),
            self.page("<int:pk>/edit/", self.edit, "edit"),
            self.page("<int:pk>/publish/", self.publish, "publish"),
            *self.more_pages(),
            *super().get_urls(),
        ]

    def page(self, route: str, view: Any, name: str) -> URLPattern:
        """Return a page of this admin with its name."""
        return path(route, self.admin_site.admin_view(view), name=f"returns_policy_{name}")

    # --- the editor ---
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the policy as sentences, with what can be done to it."""
        if request.method != "GET":
            raise PermissionDenied
        policy = self.get_object(request, object_id)
        if policy is None:
            raise Http404
        if not self.has_view_permission(request, policy):
            raise PermissionDenied
        return self.shown(request, policy, "change_form", str(policy.store), self._editor(policy))

    def _editor(self, policy: Policy) -> dict[str, Any]:
        body, newest = draft_of(policy), newest_of(policy)
        currency, places = policy.store.currency, self.places(policy)
        drafted = has_draft(policy)
        return {
            "base": base_words(body.base, currency, places),
            "rules": [{"rule": rule, "words": rule_words(rule, currency, places)} for rule in body.rules],
            "holidays": [{"row": one, "words": holiday_words(one)} for one in body.holidays],
            "shopper": for_shopper(body, currency),
            "newest": newest,
            "drafted": drafted,
            "undoable": bool(policy.draft.get("before")),
            "changes": differences(body_of(newest), body, currency, places) if drafted else [],
        }

    # --- forms ---
    def base(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what holds where no rule speaks."""
        policy = self.row(request, pk, change=True)
        body, currency = draft_of(policy), policy.store.currency
        form = BaseForm(
            request.POST or None,
            initial=BaseForm.shown(body.base, currency),
            currency=currency,
            places=self.places(policy),
        )
        new = form.body(body) if request.method == "POST" else None
        if new and self.saved(request, policy, new, form):
            return HttpResponseRedirect(self.address("change", pk))
        return self.shown(
            request, policy, "terms", "Where no rule speaks", {"form": form, "points": list(form)}
        )

    def rule(self, request: HttpRequest, pk: int, code: str = "") -> HttpResponse:
        """Write a rule, new ones last."""
        policy = self.row(request, pk, change=True)
        body = draft_of(policy)
        rule = _rule_of(body, code) if code else None
        form = RuleForm(
            request.POST or None, rule=rule, currency=policy.store.currency, places=self.places(policy)
        )
        new = form.body(body) if request.method == "POST" else None
        if new and "more" not in request.POST and self.saved(request, policy, new, form):
            return HttpResponseRedirect(self.address("change", pk))
        title = f"Rule “{rule.name}”" if rule else "New rule"
        context = {"form": form, "points": form.points, "conditions": form.conditions}
        return self.shown(request, policy, "terms", title, context)

    def holiday(self, request: HttpRequest, pk: int, place: int | None = None) -> HttpResponse:
        """Write a holiday window."""
        policy = self.row(request, pk, change=True)
        body = draft_of(policy)
        if place is not None and place >= len(body.holidays):
            raise Http404
        known = vars(body.holidays[place]) if place is not None else None
        form = HolidayForm(request.POST or None, initial=known)
        new = form.body(body, place) if request.method == "POST" else None
        if new and self.saved(request, policy, new, form):
            return HttpResponseRedirect(self.address("change", pk))
        title = f"Holiday window “{known['name']}”" if known else "New holiday window"
        return self.shown(request, policy, "terms", title, {"form": form, "points": list(form)})

    def saved(self, request: HttpRequest, policy: Policy, body: Body, form: Any) -> bool:
        """Write the draft; what stands against it is shown in the form. Returns whether it was written."""
        try:
            self._save(request, policy, body)
        except (Stale, BadPolicy) as exc:
            form.add_error(None, str(exc))
            return False
        self.message_user(request, "Saved in the draft. Nothing is published yet.", messages.SUCCESS)
        return True

    def _save(self, request: HttpRequest, policy: Policy, body: Body) -> None:
        seen = request.POST.get("seen", "")
        save_draft(policy_id=policy.pk, body=body, seen=seen, by=str(request.user), at=timezone.now())
        self.log_change(request, policy, "Changed the draft.")

    # --- small steps ---
    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move or delete a rule or a holiday window, undo the last change, throw the draft away."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        policy = self.row(request, pk, change=True)
        step, _, what = request.POST.get("do", "").partition(" ")
        seen = request.POST.get("seen", "")
        try:
            if step == "undo":
                done = undo(policy_id=pk, seen=seen, by=str(request.user), at=timezone.now())
                words = "The last change was undone." if done else "There is nothing to undo."
            elif step == "discard":
                discard(policy_id=pk, seen=seen)
                words = "The draft is gone. What is published stands."
            else:
                words = self._step(request, policy, step, what)
        except (Stale, BadPolicy) as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(self.address("change", pk))

    def _step(self, request: HttpRequest, policy: Policy, step: str, what: str) -> str:
        body = draft_of(policy)
        if step == "holiday-delete" and what.isdecimal() and int(what) < len(body.holidays):
            gone = body.holidays[int(what)]
            left = tuple(one for one in body.holidays if one is not gone)
            self._save(request, policy, Body(body.base, body.rules, left))
            return f"Holiday window “{gone.name}” was taken out of the draft. “Undo” brings it back."
        rule = _rule_of(body, what)
        rules = list(body.rules)
        place = rules.index(rule)
        if step == "delete":
            rules.remove(rule)
            words = f"Rule “{rule.name}” was taken out of the draft. “Undo” brings it back."
        elif step in ("up", "down"):
            to = max(place - 1, 0) if step == "up" else min(place + 1, len(rules) - 1)
            rules.insert(to, rules.pop(place))
            words = f"Rule “{rule.name}” stands at place {to + 1} now."
        else:
            raise Http404
        self._save(request, policy, Body(body.base, tuple(rules), body.holidays))
        return words

    # --- publishing ---
    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what would be new, and make it so."""
        policy = self.row(request, pk, change=True)
        if request.method == "POST":
            try:
                version = publish_draft(
                    policy_id=pk,
                    seen=request.POST.get("seen", ""),
                    at=timezone.now(),
                    by=str(request.user),
                    note=request.POST.get("note", "").strip(),
                )
            except (Stale, BadPolicy, NothingNew) as exc:
                self.message_user(request, str(exc), messages.ERROR)
            else:
                self.log_change(request, policy, f"Published version {version.number}.")
                words = f"Version {version.number} is in force. Older orders keep theirs where it is kinder."
                self.message_user(request, words, messages.SUCCESS)
            return HttpResponseRedirect(self.address("change", pk))
        newest = newest_of(policy)
        changes = differences(body_of(newest), draft_of(policy), policy.store.currency, self.places(policy))
        context = {"changes": changes, "first": newest is None, "number": newest.number + 1 if newest else 1}
        return self.shown(request, policy, "publish", "Publish", context)


def _rule_of(body: Body, code: str) -> Rule:
    rule = next((rule for rule in body.rules if rule.code == code), None)
    if rule is None:
        raise Http404
    return rule
