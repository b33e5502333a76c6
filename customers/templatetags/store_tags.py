"""What the base templates need to know of the store."""

from typing import Any
from urllib.parse import quote

from django import template
from django.db import DatabaseError
from django.template import Context
from django.urls import reverse

from customers.models import Store
from customers.storefront import host_of, store_for_host
from customers.views import brand_version

register = template.Library()


@register.simple_tag(takes_context=True)
def page_store(context: Context) -> Store | None:
    """
    Return the store this page belongs to: the view's own, else the one of the request's host.

    None without a request (the page for server errors must not ask the database anything).
    """
    if context.get("store"):
        return context["store"]  # type: ignore[no-any-return]
    request = context.get("request")
    if request is None:
        return None
    try:
        return store_for_host(host_of(request))
    except DatabaseError:
        return None


@register.simple_tag
def brand_href(store: Store) -> str:
    """Return the address of the store's style sheet, in the version of now."""
    return f"{reverse('brand_css', args=[store.slug])}?v={brand_version(store)}"


@register.filter
def mailto(address: str, subject: str = "") -> str:
    """Return a mailto: address with a subject; nothing else about the shopper goes into it."""
    return f"mailto:{quote(address, safe='@')}" + (f"?subject={quote(str(subject))}" if subject else "")


@register.filter
def tel(number: str) -> str:
    """Return a tel: address."""
    return "tel:" + "".join(char for char in number if char.isdigit() or char == "+")


@register.filter
def safe_logo(url: Any) -> str:
    """Return the logo's address when a page of ours may show it: our own, or https."""
    return url if isinstance(url, str) and url.startswith(("https://", "/")) else ""
