"""What every page of a store shares: its colours, and the choice of language."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from config.lib import brand
from customers.models import Store
from customers.storefront import supported

FOREVER = "public, max-age=31536000, immutable"
SOON = "public, max-age=300"


@require_safe
def brand_css(request: HttpRequest, slug: str) -> HttpResponse:
    """
    The store's colours as custom properties. Kept for ever under `?v=<version>`: a change has another
    address.
    """
    store = get_object_or_404(Store, slug=slug)
    response = HttpResponse(brand_sheet(store.brand_color), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = FOREVER if request.GET.get("v") == brand_version(store) else SOON
    return response


def brand_version(store: Store) -> str:
    """Return what the style sheet's address ends in: it changes whenever the store does."""
    return f"{store.updated_at.timestamp():.0f}"


def brand_sheet(color: str) -> str:
    """Return the style sheet for a brand colour ('#rrggbb'), its contrast corrected for light and dark."""
    made = brand.palette(color)
    return (
        "@layer tokens{:root{"
        f"--brand:{made['fill']};--on-brand:{made['on_fill']};"
        f"--accent:light-dark({made['accent_light']},{made['accent_dark']})"
        "}}\n"
    )


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the shopper's language for a year and go back to the page they came from."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    language = supported(request.POST.get("language", ""))
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=timedelta(days=365),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
