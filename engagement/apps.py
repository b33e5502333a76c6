from django.apps import AppConfig
from django.db.models.signals import post_migrate


class EngagementConfig(AppConfig):
    """The conversation: templates, messages, channels."""

    name = "engagement"
    verbose_name = "Messages"

    def ready(self) -> None:
        from anymail.signals import inbound, tracking

        from engagement import builtin, checks, receivers  # noqa: F401 (checks registers itself)
        from engagement.journeys.builtin import sync
        from engagement.replies import doors

        post_migrate.connect(builtin.sync_after_migrate, sender=self, dispatch_uid="engagement.templates")
        post_migrate.connect(sync.sync_after_migrate, sender=self, dispatch_uid="engagement.journeys")
        inbound.connect(doors.take_in, dispatch_uid="engagement.inbound")
        tracking.connect(receivers.note_tracking, dispatch_uid="engagement.tracking")
