from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Who: people, stores, partners, and the event stream everything else speaks through."""

    name = "customers"
    verbose_name = "Customers and stores"

    def ready(self) -> None:
        from customers import checks  # noqa: F401 (registers the system checks)
