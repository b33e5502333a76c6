"""Jobs of the background worker that died. Their work stands in our own rows; the next sweep does it."""

from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import ReadOnlyAdmin

# Schedules are declared in config/wiring.py; a form in which any function can be named would run any code.
for model in (Failure, OrmQ, Schedule, Success):
    admin.site.unregister(model)


@admin.register(Failure)
class FailedJobAdmin(ReadOnlyAdmin):
    """Failed jobs, to read what went wrong."""

    plural = "Failed jobs"
    list_display = ("func", "group", cells.when("started", "Started"), cells.when("stopped", "Ended"))
    list_filter = (recent_values("group", "group"),)
    search_fields = ("func",)
    ordering = ("-started",)
    fieldsets = ((None, {"fields": ("func", "group", "started", "stopped", "error")}),)

    @admin.display(description="Error")
    def error(self, row: Failure) -> str:
        """Return the traceback that the worker kept."""
        return cells.raw(str(row.result or ""), "Error")
