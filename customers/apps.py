from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    """Who: people, stores, partners, and the event stream everything else speaks through."""

    name = "customers"
    verbose_name = "Customers and stores"

    def ready(self) -> None:
        from customers import checks, schedules  # noqa: F401 (the first registers the system checks)

        post_migrate.connect(schedules.sync, sender=self, dispatch_uid="porchlight-schedules")
