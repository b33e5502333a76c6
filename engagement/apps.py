from django.apps import AppConfig


class EngagementConfig(AppConfig):
    """The conversation: templates, messages, channels."""

    name = "engagement"
    verbose_name = "Messages"
