from django.apps import AppConfig


class ReturnsConfig(AppConfig):
    """Back again: policies, returns, inspections and refunds."""

    name = "returns"
    verbose_name = "Returns"
