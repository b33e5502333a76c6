"""Partners and their API keys. A key is shown once, when it is made."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from config.lib.staff import cells
from config.lib.staff.pages import NotDone, ReadOnlyAdmin, ReadOnlyRows, StaffAdmin
from customers.models import ApiKey, Partner, Store
from customers.models.partners import SCOPES
from customers.services.partners import issue_key, revoke_key


class KeyForm(forms.Form):
    """What a new key may do, where, and until when."""

    scopes = forms.MultipleChoiceField(
        choices=[(code, f"{code}: {words}") for code, words in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        label="May",
    )
    all_stores = forms.BooleanField(
        required=False, label="Every store", help_text="Those still to come included. Otherwise choose below."
    )
    stores = forms.ModelMultipleChoiceField(
        queryset=Store.objects.order_by("name"), required=False, widget=forms.CheckboxSelectMultiple
    )
    expires_at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        label="Ends",
        help_text="Date and time in UTC. Empty: never.",
    )

    def clean_expires_at(self) -> datetime | None:
        """Refuse a key that would never have worked."""
        ends: datetime | None = self.cleaned_data["expires_at"]
        if ends and ends <= timezone.now():
            raise forms.ValidationError("This time has passed.")
        return ends

    def clean(self) -> dict[str, Any]:
        """Ask for stores: every one, or which."""
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("all_stores")) == bool(cleaned.get("stores")):
            raise forms.ValidationError("Choose either every store, or the stores it is for.")
        return cleaned


def key_state(row: ApiKey) -> str:
    """Return a pill: does the key work now?"""
    if row.revoked_at:
        return cells.pill("Revoked", cells.BAD)
    if row.expires_at and row.expires_at <= timezone.now():
        return cells.pill("Ended", cells.WARN)
    return cells.pill("Works", cells.GOOD)


def key_stores(row: ApiKey) -> str:
    """Return the stores a key opens, in words."""
    return (
        "Every store"
        if row.all_stores
        else ", ".join(sorted(store.name for store in row.stores.all())) or "None"
    )


class KeyRows(ReadOnlyRows):
    """A partner's keys."""

    model = ApiKey
    fields = ("prefix", "state", "may", "opens", "last_used_at", "expires_at")
    show_change_link = True
    verbose_name_plural = "API keys"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Newest first, with their stores."""
        return super().get_queryset(request).prefetch_related("stores").order_by("-pk")

    @admin.display(description="State")
    def state(self, row: ApiKey) -> str:
        """Return whether it works."""
        return key_state(row)

    @admin.display(description="May")
    def may(self, row: ApiKey) -> str:
        """Return its scopes."""
        return ", ".join(row.scopes)

    @admin.display(description="Stores")
    def opens(self, row: ApiKey) -> str:
        """Return its stores."""
        return key_stores(row)


@admin.register(Partner)
class PartnerAdmin(StaffAdmin):
    """Companies and systems that use the API."""

    list_display = ("name", "slug", cells.when("created_at", "Since"))
    search_fields = ("name", "slug")
    ordering = ("name",)
    readonly_fields = ("created_at",)
    fields = ("name", "slug", "created_at")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (KeyRows,)

    def get_inlines(self, request: HttpRequest, obj: Partner | None) -> Any:
        """A partner that is being added has no keys yet."""
        return self.inlines if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        """Only for a new one: a slug in use stays."""
        return {} if obj else self.prepopulated_fields

    def get_urls(self) -> list[URLPattern]:
        """Add the form for a new key."""
        view = self.admin_site.admin_view(self.new_key)
        return [path("<path:object_id>/new-key/", view, name="customers_partner_newkey"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer a new key."""
        context = dict(extra_context or {})
        if self.has_change_permission(request) and request.user.has_perm("customers.add_apikey"):
            context["links"] = [{"label": "New API key", "url": self.address("newkey", object_id)}]
        return super().change_view(request, object_id, form_url, context)

    @sensitive_variables("made")
    def new_key(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what a key may do, make it, and show it: this page is the only place it ever stands."""
        partner = self.get_object(request, object_id)
        if partner is None:
            raise Http404
        if not (
            self.has_change_permission(request, partner) and request.user.has_perm("customers.add_apikey")
        ):
            raise PermissionDenied
        form = KeyForm(request.POST or None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New API key",
            "subtitle": str(partner),
            "partner": partner,
            "form": form,
        }
        if request.method == "POST" and form.is_valid():
            chosen = form.cleaned_data
            made = issue_key(
                partner=partner.slug,
                scopes=chosen["scopes"],
                stores=None if chosen["all_stores"] else [store.slug for store in chosen["stores"]],
                expires_at=chosen["expires_at"],
            )
            self.log_change(request, partner, f"Made API key {made.row}")
            context |= {"key": made.text, "row": made.row, "title": "Your new API key"}
        return TemplateResponse(request, "admin/customers/partner/new_key.html", context)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Every key of every partner. Only its first letters are kept in clear."""

    plural = "API keys"
    list_display = (
        "prefix",
        "partner",
        "state",
        "may",
        "opens",
        cells.when("last_used_at", "Last used"),
        cells.when("expires_at", "Ends"),
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "all_stores", "partner")
    list_select_related = ("partner",)
    search_fields = ("prefix", "partner__name")
    ordering = ("-pk",)
    actions = ("revoke",)
    buttons = ("revoke",)
    fieldsets = (
        (None, {"fields": ("prefix", "partner", "state", "may", "opens")}),
        ("Dates", {"fields": ("created_at", "last_used_at", "expires_at", "revoked_at")}),
    )

    state = KeyRows.state
    may = KeyRows.may
    opens = KeyRows.opens

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load the stores with the keys."""
        return super().get_queryset(request).prefetch_related("stores")

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """A revoked key stays so."""
        return [] if row.revoked_at else ["revoke"]

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End keys now; whoever uses one gets 401 from the next call on."""
        at = timezone.now()

        def one(row: ApiKey) -> None:
            if not revoke_key(row, at=at):
                raise NotDone("it was revoked before")

        self.each(request, queryset, one, done="revoked")
