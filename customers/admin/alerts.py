"""What staff have to look at, and where they are told of it."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html

from config.lib.business_days import add_working_days
from config.lib.guarded import Refused, check_address
from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Need, NotDone, ReadOnlyAdmin, ReadOnlyRows, StaffAdmin
from config.lib.staff.secret_input import SecretsForm
from customers.models import Alert, AlertNotice, AlertRoute
from customers.services import alerts, notices

SEVERITY: dict[str, str] = {
    Alert.Severity.INFO: cells.QUIET,
    Alert.Severity.WARNING: cells.WARN,
    Alert.Severity.URGENT: cells.BAD,
}
STATE: dict[str, str] = {
    Alert.State.OPEN: cells.BUSY,
    Alert.State.SNOOZED: cells.QUIET,
    Alert.State.ENDED: cells.GOOD,
}
NOTICE: dict[str, str] = {
    AlertNotice.State.WAITING: cells.BUSY,
    AlertNotice.State.SENT: cells.GOOD,
    AlertNotice.State.FAILED: cells.BAD,
    AlertNotice.State.DROPPED: cells.QUIET,
}
MORNING = time(8)


class NoticeRows(ReadOnlyRows):
    """Where an alert was told."""

    model = AlertNotice
    fields = ("route", "what", "state", "attempts", "sent_at", "last_error")


# What stands comes before what has ended, and the urgent before the rest.
ENDED_LAST = Case(When(state=Alert.State.ENDED, then=1), default=0)
URGENT_FIRST = Case(
    When(severity=Alert.Severity.URGENT, then=0), When(severity=Alert.Severity.WARNING, then=1), default=2
)


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """The queue of alerts: each with an owner and an end."""

    severity_pill = staticmethod(cells.status("severity", "Urgency", SEVERITY))
    state_pill = staticmethod(cells.status("state", "State", STATE))
    list_display = (
        "title",
        "severity_pill",
        "state_pill",
        "owner",
        "store",
        cells.when("opened_at", "Since"),
        cells.when("snoozed_until", "Snoozed until"),
    )
    list_filter = (
        "state",
        "severity",
        recent_values("kind", "kind"),
        "store",
        ("owner", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("store", "owner")
    search_fields = ("title", "key__startswith")
    ordering = (ENDED_LAST, URGENT_FIRST, "-opened_at")
    inlines = (NoticeRows,)
    actions = ("take", "give_back", "snooze_today", "snooze_monday", "end")
    buttons = ("take", "give_back", "snooze_today", "snooze_monday", "end")
    needs = (
        Need(
            "Urgent alerts",
            cells.BAD,
            {"state__exact": Alert.State.OPEN, "severity__exact": Alert.Severity.URGENT},
        ),
        Need(
            "Alerts nobody has taken",
            cells.WARN,
            {"state__exact": Alert.State.OPEN, "owner__isnull": "True"},
            {"state": Alert.State.OPEN, "owner": None},
        ),
    )
    columns = (
        ("Alert", lambda row: row.title),
        ("Urgency", lambda row: row.severity),
        ("State", lambda row: row.state),
        ("Since", lambda row: row.opened_at),
        ("Ended", lambda row: row.ended_at),
        ("Why it ended", lambda row: row.ended_why),
    )
    fieldsets = (
        (None, {"fields": ("title", "detail", "severity_pill", "state_pill", "about", "owner", "store")}),
        ("When", {"fields": ("opened_at", "snoozed_until", "ended_at", "ended_why")}),
        ("Name", {"fields": ("kind", "key"), "classes": ("collapse",)}),
    )

    @admin.display(description="About")
    def about(self, row: Alert) -> str:
        """Return a link to what the alert is about."""
        try:
            name = row.subject_type.replace(".", "_")
            url = reverse(f"admin:{name}_change", args=[row.subject_id])
        except NoReverseMatch:
            return cells.EMPTY
        return format_html('<a href="{}">Open the {}</a>', url, row.subject_type.rpartition(".")[2])

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense for the alert as it stands."""
        if row.state == Alert.State.ENDED:
            return []
        mine = row.owner_id == request.user.pk
        return [name for name in self.buttons if name != ("take" if mine else "give_back")]

    def _each(self, request: HttpRequest, rows: QuerySet[Alert], one: Any, done: str) -> None:
        def guarded(row: Alert) -> None:
            try:
                one(row)
            except alerts.AlertIsOver as exc:
                raise NotDone("it has ended") from exc

        self.each(request, rows, guarded, done=done)

    @admin.action(description="Take it", permissions=["change"])
    def take(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Make this person the owner."""
        user: Any = request.user
        self._each(request, queryset, lambda row: alerts.take_alert(alert_id=row.pk, owner=user), "taken")

    @admin.action(description="Give it back", permissions=["change"])
    def give_back(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Leave it without an owner."""
        self._each(
            request, queryset, lambda row: alerts.take_alert(alert_id=row.pk, owner=None), "given back"
        )

    @admin.action(description="Snooze for four hours", permissions=["change"])
    def snooze_today(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Put it out of the queue for a while."""
        until = timezone.now() + timedelta(hours=4)
        self._each(
            request, queryset, lambda row: alerts.snooze_alert(alert_id=row.pk, until=until), "snoozed"
        )

    @admin.action(description="Snooze until the next working day, 8:00", permissions=["change"])
    def snooze_monday(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Put it out of the queue until people are at work again."""
        at = timezone.now()
        self._each(
            request,
            queryset.select_related("store"),
            lambda row: alerts.snooze_alert(alert_id=row.pk, until=next_morning(row, at)),
            "snoozed",
        )

    @admin.action(description="End it", permissions=["change"])
    def end(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        """Close it by hand."""
        user: Any = request.user
        at = timezone.now()
        self._each(
            request, queryset, lambda row: alerts.close_alert(alert_id=row.pk, by=user, at=at), "ended"
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask for the right by name: the fields themselves are never written here."""
        return request.user.has_perm("customers.change_alert")


def next_morning(alert: Alert, at: datetime) -> datetime:
    """Return 8:00 of the next working day after `at` where the alert's store is (UTC without one)."""
    zone = ZoneInfo(alert.store.timezone if alert.store else "UTC")
    country = alert.store.country if alert.store else ""
    return datetime.combine(add_working_days(at.astimezone(zone).date(), 1, country), MORNING, zone)


class RouteForm(SecretsForm):
    """An address has to fit its channel."""

    def clean(self) -> dict[str, Any]:
        """Refuse an address nothing could be sent to."""
        cleaned = super().clean()
        channel, address = cleaned.get("channel"), cleaned.get("address")
        if not address:
            self.add_error("address", "Say where alerts are to go.")
        elif channel == AlertRoute.Channel.EMAIL:
            try:
                validate_email(address)
            except ValidationError as exc:
                self.add_error("address", exc)
        elif channel == AlertRoute.Channel.WEBHOOK:
            try:
                check_address(address)
            except Refused as exc:
                self.add_error("address", f"This cannot be used: {exc}.")
        kinds = cleaned.get("kinds")
        if kinds is not None and not (isinstance(kinds, list) and all(isinstance(k, str) for k in kinds)):
            self.add_error("kinds", 'A list of names, e.g. ["tracking.incident"].')
        return cleaned


@admin.register(AlertRoute)
class AlertRouteAdmin(StaffAdmin):
    """Where alerts are told."""

    plural = "Alert routes"
    form = RouteForm
    list_display = (
        "name",
        "channel",
        "severity",
        "store",
        "enabled",
        cells.when("last_sent_at", "Last sent"),
        "last_error",
    )
    list_filter = ("channel", "enabled", "store")
    list_select_related = ("store",)
    search_fields = ("name",)
    ordering = ("name",)
    readonly_fields = ("last_sent_at", "last_error")
    actions = ("send_trial",)
    buttons = ("send_trial",)
    fieldsets = (
        (None, {"fields": ("name", "enabled", "channel", "address")}),
        ("Which alerts", {"fields": ("store", "severity", "kinds")}),
        ("How it is doing", {"fields": ("last_sent_at", "last_error")}),
    )

    @admin.action(description="Send a trial", permissions=["change"])
    def send_trial(self, request: HttpRequest, queryset: QuerySet[AlertRoute]) -> None:
        """Send a trial now, so that a wrong address shows at once."""
        at = timezone.now()

        def one(row: AlertRoute) -> None:
            try:
                notices.send_trial(row, at=at)
            except notices.NotTold as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, queryset, one, done="tried")
