"""Rows that mirror something in a shop, updated by messages that arrive in any order."""

from django.db import models


class Sourced(models.Model):
    """
    A row with an id in the shop and the version of it we hold.

    `source_version` sorts like time (see `tracking.versions`); a message with a lower one is old news and
    is ignored, so any order of arrival ends in the same row.
    """

    external_id = models.CharField(max_length=64)
    source_version = models.CharField(max_length=120, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
