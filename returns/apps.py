from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReturnsConfig(AppConfig):
    """Back again: policies, returns, inspections and refunds."""

    name = "returns"
    verbose_name = "Returns"

    def ready(self) -> None:
        from returns.warehouse import groups

        post_migrate.connect(groups.make, sender=self, dispatch_uid="porchlight-warehouse-groups")
