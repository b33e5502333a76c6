"""What `manage.py check --deploy` says about sending."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from engagement.profiles import tiers


@register(deploy=True)
def check_mail(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn (W001) when messages go to a folder and reach nobody, as they do until a mail server is named."""
    if settings.DEMO or not settings.EMAIL_BACKEND.startswith("engagement.channels.mailbox"):
        return []
    return [
        Warning(
            "Messages are written to a folder and reach nobody.",
            hint="Set EMAIL_HOST, or EMAIL_BACKEND to a provider's.",
            id="engagement.W001",
        )
    ]


@register()
def check_tiers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """LOYALTY_TIERS names tiers that exist and numbers that can be reached (E001)."""
    try:
        tiers.read(settings.LOYALTY_TIERS)
    except (ValueError, AttributeError, TypeError) as exc:
        hint = 'For example {"bronze": {"orders": 2}, "gold": {"orders": 8, "spent": {"EUR": 50000}}}.'
        return [Error(f"LOYALTY_TIERS: {exc}", hint=hint, id="engagement.E001")]
    return []
