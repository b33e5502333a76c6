"""Importing files: upload, columns, dry run, import. Each page works without JavaScript."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.staff import cells
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin
from tracking.admin.import_forms import ColumnsForm, UploadForm
from tracking.imports.errors import BadFile
from tracking.imports.matching import preset_of
from tracking.imports.shape import ENCODINGS, NAMES, restored
from tracking.models import ImportJob
from tracking.services import imports

State = ImportJob.State
TONES: dict[str, str] = {
    State.UPLOADED: cells.QUIET,
    State.CHECKING: cells.BUSY,
    State.CHECKED: cells.GOOD,
    State.RUNNING: cells.BUSY,
    State.DONE: cells.GOOD,
    State.STOPPED: cells.WARN,
    State.FAILED: cells.BAD,
}
BUTTONS: dict[str, tuple[str, ...]] = {
    State.CHECKING: ("stop",),
    State.RUNNING: ("stop",),
    State.CHECKED: ("run",),
    State.STOPPED: ("resume",),
    State.FAILED: ("resume",),
}
ERRORS_SHOWN = 20


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    """Files on their way in, and those that came."""

    plural = "Imports"
    state_pill = staticmethod(cells.status("state", "State", TONES))
    list_display = (
        "filename",
        "kind",
        "store",
        "state_pill",
        "came_to",
        "user",
        cells.when("created_at", "Uploaded"),
    )
    list_filter = ("state", "kind", "store")
    list_select_related = ("store", "user")
    search_fields = ("filename",)
    ordering = ("-pk",)
    buttons = ("run", "stop", "resume")
    needs = (Need("Imports that could not go on", cells.BAD, {"state__exact": State.FAILED}),)

    # --- rights: who may import may do all of it

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may add imports."""
        return bool(request.user.has_perm("tracking.add_importjob"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may look, and those who may import."""
        return super().has_view_permission(request, obj) or self.has_add_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of the wizard."""
        view = self.admin_site.admin_view
        return [
            path("<path:object_id>/columns/", view(self.columns_view), name="tracking_importjob_columns"),
            path("<path:object_id>/errors/", view(self.errors_view), name="tracking_importjob_errors"),
            *super().get_urls(),
        ]

    @admin.display(description="Came to")
    def came_to(self, row: ImportJob) -> str:
        """Return what it came to so far, in words."""
        if not row.rows:
            return cells.EMPTY
        told = f"{row.created:,} new, {row.updated:,} changed, {row.unchanged:,} as they were"
        return f"{told}; {row.refused:,} rows refused" if row.refused else told

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Return what can be done in this state."""
        gone = row.forgotten_at is not None
        return [] if gone else list(BUTTONS.get(row.state, ()))

    # --- upload

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data["file"]
            try:
                job = imports.make_job(
                    store=form.cleaned_data["store"],
                    kind=form.cleaned_data["kind"],
                    file=told.file,
                    filename=told.name,
                    at=timezone.now(),
                    user=request.user,  # type: ignore[arg-type]
                )
            except BadFile as exc:
                form.add_error("file", str(exc))
            else:
                self.log_change(request, job, "Uploaded.")
                return HttpResponseRedirect(self.address("columns", job.pk))
        return self._page(request, "upload", {"form": form, "title": "Import a file"})

    # --- columns

    def columns_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say which column is which field, and see the first rows as they will be understood."""
        job = self._job(request, object_id, add=True)
        if job.working or job.state == State.DONE or job.forgotten_at:
            messages.warning(request, "The columns cannot be changed now.")
            return HttpResponseRedirect(self.address("change", job.pk))
        try:
            shown = imports.preview(job)
            form = ColumnsForm(job, shown, request.POST or None)
            if request.method == "POST" and form.is_valid():
                job = imports.choose(
                    job_id=job.pk,
                    mapping=form.mapping(),
                    options=form.options(),
                    as_of=form.cleaned_data["as_of"],
                )
                if "check" in request.POST:
                    imports.start(job_id=job.pk, dry=True, at=timezone.now())
                    self.log_change(request, job, "Dry run started.")
                    return HttpResponseRedirect(self.address("change", job.pk))
                return HttpResponseRedirect(self.address("columns", job.pk))
        except imports.NotNow as exc:
            messages.error(request, str(exc))
            return HttpResponseRedirect(self.address("columns", job.pk))
        except BadFile as exc:
            messages.error(request, str(exc))
            return HttpResponseRedirect(self.address("change", job.pk))
        preset = preset_of(job.kind, restored(job.shape))
        context = {"form": form, "shown": shown, "preset": preset, "read_as": _read_as(job)}
        return self._page(request, "columns", {"job": job, "title": "Which column is what", **context})

    # --- progress and result

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show how far it is, and what came of it. The page renews itself while a worker has the file."""
        if request.method == "POST":
            raise PermissionDenied
        job = self._job(request, object_id)
        context = {
            "job": job,
            "title": str(job),
            "pill": cells.pill(job.get_state_display(), TONES[job.state]),
            "read_as": _read_as(job),
            "refusals": list(job.refusals.order_by("line", "pk")[:ERRORS_SHOWN]),
            "may": self.has_add_permission(request),
            "buttons": [
                {"label": label, "url": self.address("do", job.pk, name)}
                for name, (_, label) in self.allowed_buttons(request, job).items()
            ],
        }
        return self._page(request, "job", context)

    def errors_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Hand out the rows that were refused. By POST: the log notes who took them."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        job = self._job(request, object_id)
        self.log_change(request, job, "Refused rows downloaded.")
        name = imports.error_name(job)
        kind = "application/x-ndjson" if name.endswith("jsonl") else "text/csv"
        made = StreamingHttpResponse(imports.error_file(job), content_type=f"{kind}; charset=utf-8")
        made["Content-Disposition"] = f'attachment; filename="{name}"'
        return made

    # --- actions

    @admin.action(description="Import now", permissions=["add"])
    def run(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> None:
        """Import what the dry run looked through."""
        self._each(request, queryset, lambda pk, at: imports.start(job_id=pk, dry=False, at=at), "started")

    @admin.action(description="Stop", permissions=["add"])
    def stop(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> None:
        """Stop after the batch it is at."""
        self._each(request, queryset, lambda pk, at: imports.stop(job_id=pk, at=at), "stopped")

    @admin.action(description="Go on", permissions=["add"])
    def resume(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> None:
        """Go on after the last batch that was written."""
        self._each(request, queryset, lambda pk, at: imports.resume(job_id=pk, at=at), "put back to work")

    def _each(self, request: HttpRequest, queryset: QuerySet[ImportJob], do: Any, done: str) -> None:
        at = timezone.now()

        def one(row: ImportJob) -> None:
            try:
                do(row.pk, at)
            except (imports.NotNow, BadFile) as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset, one, done=done)

    # --- shared

    def _job(self, request: HttpRequest, object_id: str, *, add: bool = False) -> ImportJob:
        """Return the import, for those who may see (`add`: change) it. Raises Http404, PermissionDenied."""
        if not (self.has_add_permission(request) if add else self.has_view_permission(request)):
            raise PermissionDenied
        job = self.get_object(request, object_id)
        if job is None:
            raise Http404
        return job

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "lists": self.called,
            **context,
        }
        return TemplateResponse(request, f"admin/tracking/imports/{name}.html", context)


def _read_as(job: ImportJob) -> str:
    """Return how the file is read, in words."""
    shape = job.shape
    encoding = ENCODINGS[shape["encoding"]]
    columns = f"{len(shape['columns'])} columns"
    if shape["format"] == "jsonl":
        return f"JSONL, {encoding}, {columns}"
    return f"CSV, {encoding}, parted by {NAMES.get(shape['delimiter'], shape['delimiter'])}, {columns}"
