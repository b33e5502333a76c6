"""What helps with a thing once it is there: written, tried, and switched on."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from config.lib.staff import cells
from config.lib.staff.pages import StaffAdmin
from engagement import markdown
from engagement.admin.templates_forms import LANGUAGE
from engagement.admin.templates_pages import LOOK_POLICY, framed
from engagement.guides.text import html
from engagement.liquid import TemplateError
from engagement.models import Guide
from tracking.models import Product

KNOWN = 500  # types and tags offered while writing


class GuideForm(forms.ModelForm):  # type: ignore[type-arg]
    """One guide. What it is for must exist in its store; a maintenance guide says how often."""

    video_url = forms.URLField(label="Video", required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = Guide
        fields = (
            "store",
            "kind",
            "language",
            "title",
            "body",
            "video_url",
            "product",
            "product_type",
            "tag",
            "every_days",
            "position",
            "live",
        )
        widgets = {
            "title": forms.TextInput(attrs={"class": "vLargeTextField"}),
            "body": forms.Textarea(
                attrs={"class": "vLargeTextField template-body", "rows": 14, "spellcheck": "true"}
            ),
        }

    def clean_language(self) -> str:
        """Return it as languages are named everywhere."""
        text = str(self.cleaned_data["language"]).strip().replace("_", "-")
        if not LANGUAGE.fullmatch(text):
            raise forms.ValidationError("That is no language: en, de, fr, de-AT …")
        return text

    def clean_body(self) -> str:
        """Return the text with one kind of line end; messages must be able to read it, too."""
        text = "\n".join(str(self.cleaned_data["body"]).splitlines()).strip()
        try:
            markdown.read(text)
        except TemplateError as exc:
            raise forms.ValidationError(str(exc)) from exc
        return text

    def clean_video_url(self) -> str:
        """Only what a browser opens safely from our page."""
        url = str(self.cleaned_data["video_url"] or "")
        if url and not url.startswith("https://"):
            raise forms.ValidationError("A video’s address begins with https://.")
        return url

    def clean(self) -> dict[str, Any]:
        """Hold what belongs together."""
        super().clean()
        data: dict[str, Any] = self.cleaned_data
        product, store = (
            data.get("product"),
            data.get("store") or self.instance.store_id and self.instance.store,
        )
        if product is not None and store and product.store_id != store.pk:
            self.add_error("product", f"That is not a product of {store}.")
        upkeep = data.get("kind") == Guide.Kind.MAINTENANCE
        if upkeep and not data.get("every_days"):
            self.add_error("every_days", "A maintenance guide says after how many days it is due again.")
        if not upkeep and data.get("every_days"):
            self.add_error("every_days", "Only a maintenance guide is due again.")
        if "body" in data and not data["body"] and not data.get("video_url"):
            self.add_error("body", "Write something, or give a video.")
        return data


@admin.register(Guide)
class GuideAdmin(StaffAdmin):
    """Guides per product, type or tag and language: in messages, on the order's page and in its help."""

    plural = "Guides"
    form = GuideForm
    list_display = (
        "title",
        "kind",
        "language",
        "about",
        "store",
        "shown",
        cells.number("every_days", "Every … days"),
        cells.when("updated_at", "Changed"),
    )
    list_filter = ("live", "kind", "language", "store")
    list_select_related = ("store", "product")
    search_fields = (
        "title__icontains",
        "body__icontains",
        "product__title__icontains",
        "product_type",
        "tag",
    )
    ordering = ("store", "title", "pk")
    autocomplete_fields = ("product",)
    readonly_fields = ("updated_at",)
    add_form_template = change_form_template = "admin/engagement/guide/change_form.html"
    fieldsets = (
        (None, {"fields": ("store", "kind", "language", "title", "body", "video_url", "live")}),
        (
            "What it is for",
            {
                "fields": ("product", "product_type", "tag"),
                "description": "All that is filled in must fit; with none it is for everything of the store.",
            },
        ),
        ("More", {"fields": ("every_days", "position", "updated_at")}),
    )
    columns = (
        ("Title", lambda row: row.title),
        ("Kind", lambda row: row.get_kind_display()),
        ("Language", lambda row: row.language),
        ("Store", lambda row: row.store.name),
        ("Product", lambda row: str(row.product or "")),
        ("Type", lambda row: row.product_type),
        ("Tag", lambda row: row.tag),
        ("Every days", lambda row: row.every_days or ""),
        ("Shown", lambda row: row.live),
        ("Text", lambda row: row.body),
    )

    @admin.display(description="For")
    def about(self, row: Guide) -> str:
        """Return what it is for, in words."""
        said = [str(row.product) if row.product else "", row.product_type, f"“{row.tag}”" if row.tag else ""]
        return " and ".join(filter(None, said)) or "Everything"

    @admin.display(description="Shown", ordering="live")
    def shown(self, row: Guide) -> str:
        """Return whether shoppers see it."""
        return cells.pill("Shown", cells.GOOD) if row.live else cells.pill("Not shown", cells.QUIET)

    def get_readonly_fields(self, request: HttpRequest, obj: Guide | None = None) -> Any:
        """Whose it is stays: its product is of that store."""
        return (*self.readonly_fields, "store") if obj else self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        """Add the frame one looks at it in."""
        view = self.admin_site.admin_view(self.look)
        return [path("look/", view, name="engagement_guide_look"), *super().get_urls()]

    def look(self, request: HttpRequest) -> HttpResponse:
        """Answer into the frame: what is written, as shoppers see it. Changes nothing."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_view_permission(request):
            raise PermissionDenied
        given = request.POST
        title, body = given.get("title", "")[:160], given.get("body", "")[:100_000]
        return framed(
            "guide", {"title": title, "html": html(body), "video": given.get("video_url", "")}, LOOK_POLICY
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Offer the look, and the types and tags there are."""
        extra = {"look": self.address("look"), "types": _types(), "tags": _tags(), **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra)


def _types() -> list[str]:
    rows = Product.objects.filter(~Q(product_type=""), removed_at=None).order_by("product_type")
    return list(rows.values_list("product_type", flat=True).distinct()[:KNOWN])


def _tags() -> list[str]:
    """Return the tags of the newest products; a list in JSON cannot be read apart by every database."""
    newest = Product.objects.filter(removed_at=None).order_by("-pk").values_list("tags", flat=True)[:KNOWN]
    return sorted({str(tag) for tags in newest for tag in (tags or ())})
