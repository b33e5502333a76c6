"""The back-office site: Django's admin behind allauth's log-in."""

from django.contrib.admin.apps import AdminConfig


class PorchlightAdminConfig(AdminConfig):
    """Makes `config.backoffice.BackOffice` the default admin site, so `@admin.register` works everywhere."""

    default_site = "config.backoffice.BackOffice"
