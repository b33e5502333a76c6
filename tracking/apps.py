from django.apps import AppConfig


class TrackingConfig(AppConfig):
    """What and where: products, orders, parcels and their scans."""

    name = "tracking"
    verbose_name = "Orders and parcels"
