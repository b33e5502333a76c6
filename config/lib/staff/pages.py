"""The admin class behind every staff page: quick lists, actions that report per row, buttons, exports."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import escape
from django.utils.text import capfirst

from config.lib.secrets import SecretField
from config.lib.staff import export
from config.lib.staff.lists import COUNTED, BoundedPaginator
from config.lib.staff.secret_input import SecretFormField, SecretsForm

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline

ONE_BY_ONE = 200
NAMED = 8
NEEDS_COUNTED = 1000


class NotDone(Exception):
    """An action left a row as it was. The text says why, in words for staff."""


@dataclass(frozen=True)
class Need:
    """Rows that need a person: what, how urgent, the list's query for them, the filter if it differs."""

    label: str
    tone: str
    query: Mapping[str, str]
    lookups: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """Something the quick search found."""

    kind: str
    title: str
    detail: str
    url: str


class StaffAdmin(ModelAdmin):
    """
    A list and a page per row.

    `plural` is what staff call the rows (default: the model's own plural); where the list stands is said in
    config/backoffice.py. `buttons` names the actions (in the list's `actions` or not) offered on a row's own
    page; `needs` is what the first page counts; `columns` what a CSV holds (none: no export). Every action
    calls a service and reports row by row through `each`.
    """

    show_full_result_count = False
    list_per_page = 50
    paginator = BoundedPaginator
    form: Any = SecretsForm
    list_display: Any = ("__str__",)
    plural: ClassVar[str] = ""
    buttons: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[Need, ...]] = ()
    columns: ClassVar[export.Columns] = ()

    @property
    def called(self) -> str:
        """What staff call the rows."""
        return self.plural or capfirst(str(self.opts.verbose_name_plural))

    # --- addresses ---

    def address(self, name: str, *args: Any) -> str:
        """Return the address of this model's page `name` ('changelist', 'change', 'do', …)."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def get_urls(self) -> list[URLPattern]:
        """Add the buttons' address and the export."""
        base = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("<path:object_id>/do/<slug:action>/", self.admin_site.admin_view(self.do), name=f"{base}_do")
        ]
        if self.columns:
            own.append(path("export/", self.admin_site.admin_view(self.export), name=f"{base}_export"))
        return own + super().get_urls()

    # --- search, needs ---

    def find(self, request: HttpRequest, words: str) -> list[Hit]:
        """Return what the quick search shows of this model for `words`."""
        return []

    def need_counts(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Return label, tone, count (at most 1,000) and address of each need."""
        found = []
        for need in self.needs:
            rows = self.model._default_manager.filter(**(need.lookups or need.query))
            count = rows.order_by()[:NEEDS_COUNTED].count()
            url = f"{self.address('changelist')}?{urlencode(need.query)}"
            words = f"{count:,} or more" if count == NEEDS_COUNTED else str(count)
            found.append({"label": need.label, "tone": need.tone, "count": count, "words": words, "url": url})
        return found

    # --- buttons on a row's page ---

    def buttons_for(self, request: HttpRequest, row: models.Model) -> list[str]:
        """Return the actions to offer on the page of `row`."""
        return list(self.buttons)

    def allowed_buttons(
        self, request: HttpRequest, row: models.Model
    ) -> dict[str, tuple[Callable[..., Any], str]]:
        """Return function and label, by name, of the buttons this person may press."""
        found = [self.get_action(name) for name in self.buttons_for(request, row)]
        permitted = self._filter_actions_by_permissions(  # type: ignore[attr-defined]
            request, [action for action in found if action]
        )
        return {name: (function, label) for function, name, label in permitted}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one row, with its buttons."""
        context = dict(extra_context or {})
        row = self.get_object(request, object_id) if request.method == "GET" else None
        if row is not None:
            context |= {"title": self.label(row), "subtitle": None, "lists": self.called}
            context["buttons"] = [
                {"label": label, "url": self.address("do", row.pk, name)}
                for name, (_, label) in self.allowed_buttons(request, row).items()
            ]
        return super().change_view(request, object_id, form_url, context)

    def do(self, request: HttpRequest, object_id: str, action: str) -> HttpResponseBase:
        """Run one of the buttons' actions on one row, then show the row again."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        allowed = self.allowed_buttons(request, row)
        if action not in allowed:
            raise PermissionDenied
        done = allowed[action][0](self, request, self.get_queryset(request).filter(pk=row.pk))
        return done or HttpResponseRedirect(self.address("change", row.pk))

    # --- actions ---

    def label(self, row: Any) -> str:
        """Return what staff call `row` in reports."""
        return str(row)

    def each(
        self,
        request: HttpRequest,
        rows: models.QuerySet[Any],
        one: Callable[[Any], object],
        *,
        done: str,
        bulk: Callable[[models.QuerySet[Any]], int] | None = None,
    ) -> None:
        """
        Do `one` to each of `rows` and report: what was `done` (a participle: "replayed"), per row why not.

        `one` raises NotDone to leave a row alone. Beyond 200 rows `bulk` does them at once and says how many;
        without it such a choice is refused.
        """
        chosen = list(rows[: ONE_BY_ONE + 1])
        if len(chosen) > ONE_BY_ONE:
            if bulk is None:
                self.message_user(request, f"Choose at most {ONE_BY_ONE} at a time.", messages.ERROR)
                return
            count = bulk(rows)
            self.log_list(request, f"{done.capitalize()} {count} at once")
            self.message_user(request, f"{count} {done}.", messages.SUCCESS)
            return
        did: list[str] = []
        left: list[str] = []
        for row in chosen:
            try:
                one(row)
            except NotDone as exc:
                left.append(f"{self.label(row)}: {exc}")
            else:
                did.append(self.label(row))
                self.log_change(request, row, f"{done.capitalize()}.")
        if did:
            self.message_user(request, f"{len(did)} {done}: {_names(did)}.", messages.SUCCESS)
        for text in left[:NAMED]:
            self.message_user(request, f"Not {done}: {text}", messages.WARNING)
        if len(left) > NAMED:
            self.message_user(request, f"Not {done}: {len(left) - NAMED} more.", messages.WARNING)

    def log_list(self, request: HttpRequest, what: str) -> None:
        """Write into the log that `what` was done to many rows of this model."""
        LogEntry.objects.create(
            user_id=int(request.user.pk or 0),
            content_type=ContentType.objects.get_for_model(self.model),
            object_id=None,
            object_repr=str(self.opts.verbose_name_plural)[:200],
            action_flag=CHANGE,
            change_message=what,
        )

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> HttpResponse | None:
        """Refuse "all of them" where the list was not counted to its end: nobody knows how many that is."""
        everything = request.POST.get("select_across") == "1" and request.POST.get("action") != "export_rows"
        if everything and queryset.order_by()[:COUNTED].count() >= COUNTED:
            self.message_user(
                request, f"These are more than {COUNTED:,}. Filter the list first.", messages.ERROR
            )
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Leave out deleting from the list: that is done one by one, where it is allowed at all."""
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        if not self.columns:
            actions.pop("export_rows", None)
        return actions

    # --- export ---

    actions: Any = ("export_rows",)

    @admin.action(description="Download as CSV", permissions=["view"])
    def export_rows(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponseBase:
        """Stream the chosen rows as CSV."""
        return self._csv(request, queryset)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Stream the list as it is filtered, searched and sorted. By POST: the log notes who took it."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._csv(request, self.get_changelist_instance(request).get_queryset(request))

    def _csv(self, request: HttpRequest, rows: models.QuerySet[Any]) -> HttpResponseBase:
        self.log_list(request, "Downloaded as CSV")
        streamed = self.export_queryset(rows).iterator(chunk_size=2000)
        return export.response(streamed, self.columns, self.opts.model_name or "rows")

    def export_queryset(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Load with `rows` what the columns read."""
        return rows

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list, with the address of its export and the limit of its count."""
        context: dict[str, Any] = {"title": self.called, "lists": self.called, **(extra_context or {})}
        if self.columns:
            context["export_url"] = f"{self.address('export')}?{request.GET.urlencode()}".rstrip("?")
        return super().changelist_view(request, context)

    # --- secrets ---

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Give secret fields an input that never shows them."""
        if isinstance(db_field, SecretField):
            label = db_field.verbose_name[:1].upper() + db_field.verbose_name[1:]
            return SecretFormField(required=False, label=label, help_text=escape(db_field.help_text))
        if isinstance(db_field, models.URLField):
            kwargs.setdefault("assume_scheme", "https")
        if db_field.help_text:
            # Forms print it unescaped, but models write plain text: '/webhooks/shops/<slug>/'.
            kwargs.setdefault("help_text", escape(db_field.help_text))
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class ReadOnlyAdmin(StaffAdmin):
    """A list and a page to look at: rows that only services write. Actions and buttons still work."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Iterable[Any]:  # type: ignore[override]
        """Return every field shown."""
        return flatten_fieldsets(self.fieldsets) if self.fieldsets else [f.name for f in self.opts.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds such rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes them by hand."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse to save: there is nothing to save."""
        if request.method == "POST":
            raise PermissionDenied
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Leave out the save buttons."""
        context.update(show_save=False, show_save_and_continue=False, show_save_and_add_another=False)
        return super().render_change_form(request, context, *args, **kwargs)


class ReadOnlyRows(TabularInline):
    """Rows of another table on a row's page, to look at."""

    template = "admin/edit_inline/rows.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return every field shown."""
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds them here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes them here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes them here."""
        return False


def _names(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
