"""The words of messages."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import StaffAdmin
from customers.models import Store
from engagement.admin.templates_forms import CopyForm, TemplateForm
from engagement.admin.templates_pages import TemplatePages, languages_of, title_of
from engagement.admin.words import kind_words
from engagement.models import Template
from engagement.wording import versions
from engagement.wording.copies import AlreadyOwn, own_copy


@admin.register(Template)
class TemplateAdmin(TemplatePages, StaffAdmin):
    """Words of messages. Built-in ones are read here and changed in a store's own copy."""

    form = TemplateForm
    list_display = (
        "says",
        "language",
        "channel",
        "whose",
        "subject",
        cells.number("version", "Version"),
        cells.when("updated_at", "Changed"),
    )
    list_filter = (
        ("store", admin.EmptyFieldListFilter),
        "store",
        "language",
        "channel",
        recent_values("kind", "kind"),
    )
    list_select_related = ("store",)
    search_fields = ("kind", "subject__icontains", "body__icontains")
    ordering = ("kind", "language", "store")
    readonly_fields = ("version", "updated_at")
    fields = ("store", "kind", "own_kind", "language", "channel", "subject", "body", "version", "updated_at")

    @admin.display(description="Message", ordering="kind")
    def says(self, row: Template) -> str:
        """Return the kind in words."""
        return kind_words(row.kind)

    def label(self, row: Any) -> str:
        """Return kind, language and whose words they are."""
        return f"{title_of(row)}, {row.store or 'built in'}"

    def get_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        """Show the kind in words where it cannot be chosen."""
        if obj is None:
            return tuple(name for name in self.fields if name not in ("version", "updated_at"))
        return tuple("says" if name == "kind" else name for name in self.fields if name != "own_kind")

    @admin.display(description="Whose", ordering="store")
    def whose(self, row: Template) -> str:
        """Return the store, or that it is built in."""
        return str(row.store) if row.store else cells.pill("Built in", cells.QUIET)

    def has_change_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        """Built-in words come with the release."""
        return super().has_change_permission(request, obj) and (obj is None or obj.store_id is not None)

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        """Deleting a store's own words brings the built-in ones back."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.store_id is not None)

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> Any:
        """Whose words of what they are is settled when they are made."""
        return (
            (*self.readonly_fields, "store", "says", "language", "channel") if obj else self.readonly_fields
        )

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        """Every saving is a version, so that a message says by which words it was written."""
        by, at = str(request.user), timezone.now()
        if change:
            versions.save(obj, subject=obj.subject, body=obj.body, by=by, at=at)
        else:
            super().save_model(request, obj, form, change)
            versions.record(obj, by=by, at=at)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that makes a copy, and those beside the words."""
        view = self.admin_site.admin_view(self.copy)
        copy = path("<path:object_id>/copy/", view, name="engagement_template_copy")
        return [copy, *self.more_pages(), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer a copy of built-in words, the versions, and a look before anything is saved."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id)
        if row is not None:
            context |= self._beside(row)
            context["links"] = [{"label": "Versions", "url": self.address("versions", row.pk)}]
            if row.store_id is None and self.has_add_permission(request):
                copy = {"label": "Make a store’s own copy", "url": self.address("copy", row.pk)}
                context["links"].append(copy)
        return super().change_view(request, object_id, form_url, context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer a look at words that are not saved yet."""
        return super().add_view(request, form_url, self._beside(None) | (extra_context or {}))

    def _beside(self, row: Template | None) -> dict[str, Any]:
        """Return what the panel under the words needs: where its frames ask, languages, stores."""
        name, args = ("", [row.pk]) if row else ("_new", [])
        return {
            "panel": {page: self.address(f"{page}{name}", *args) for page in ("look", "names", "test")},
            "languages": languages_of(row) if row else [],
            "stores": Store.objects.order_by("name") if row and row.store_id is None else [],
        }

    def copy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for which store, make the copy, and go on to change it."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CopyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = own_copy(
                    row, store=form.cleaned_data["store"], by=str(request.user), at=timezone.now()
                )
            except AlreadyOwn as exc:
                form.add_error("store", str(exc))
            else:
                self.log_addition(request, made, f"Copied from the built-in “{row}”.")
                self.message_user(request, f"These are {made.store}’s own words now.")
                return HttpResponseRedirect(self.address("change", made.pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Make a store’s own copy",
            "subtitle": f"{kind_words(row.kind)} ({row.language})",
            "original": row,
            "form": form,
        }
        return TemplateResponse(request, "admin/engagement/template/copy.html", context)
