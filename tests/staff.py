"""What tests of back-office pages share: staff who are logged in, addresses of pages, counted queries."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.customers import StaffFactory


def client_of(user=None) -> Client:
    """Return a client logged in as `user`, by default one who may do everything."""
    client = Client()
    client.force_login(user or StaffFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(row, name="change") -> str:
    """Return the address of one row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])


def listing(model, name="changelist") -> str:
    """Return the address of a model's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}")


def press(client, row, action, **data):
    """Press a button on a row's page and follow to the page shown then."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_do", args=[row.pk, action])
    return client.post(url, data, follow=True)


def act(client, model, action, rows):
    """Run an action of the list on `rows` and follow to the list."""
    return client.post(
        listing(model), {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True
    )


def said(response) -> list[str]:
    """Return the messages on the page."""
    return [str(message) for message in response.context["messages"]]


def queries(client, url) -> int:
    """Return how many queries a page takes when it is opened again (content types are cached by then)."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200
    return len(captured)
