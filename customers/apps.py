from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    """Who: people, stores, partners, and the event stream everything else speaks through."""

    name = "customers"
    verbose_name = "Customers and stores"

    def ready(self) -> None:
        # Here, because allauth's models are not ready before this app is.
        from allauth.account.signals import email_confirmed, user_logged_in

        from customers import checks, receivers, schedules  # noqa: F401 (the first registers the system checks)

        user_logged_in.connect(receivers.on_login, dispatch_uid="porchlight-login")
        email_confirmed.connect(receivers.on_confirmed, dispatch_uid="porchlight-confirmed")
        post_migrate.connect(schedules.sync, sender=self, dispatch_uid="porchlight-schedules")
