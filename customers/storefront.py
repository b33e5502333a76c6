"""Which store a page belongs to, and which language it speaks."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from customers.models import Store


def host_of(request: HttpRequest) -> str:
    """
    Return the host name a request was made to, lower case, without its port; '' for one that is none of ours,
    so that even the page that refuses it can be drawn.
    """
    try:
        host = request.get_host().lower()
    except DisallowedHost:
        return ""
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def store_for_host(host: str) -> Store | None:
    """Return the store whose own host name this is, else the first store; None before there is any."""
    mine = Case(When(domain=host, then=Value(0)), default=Value(1))
    return Store.objects.alias(mine=mine).order_by("mine", "pk").first()


def speak(request: HttpRequest, *otherwise: str) -> str:
    """
    Choose and activate the language of this page (the locale middleware starts the next request afresh).

    The shopper's own choice (cookie) wins, then what their browser asks for, then `otherwise` in order: the
    order's language, the store's. Returns: a code from settings.LANGUAGES.
    """
    asked = [code for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    wanted = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), *asked, *otherwise]
    language = next((code for code in map(supported, wanted) if code), settings.LANGUAGE_CODE)
    translation.activate(language)
    request.LANGUAGE_CODE = language
    return language


def supported(code: str) -> str:
    """Return the language of ours that `code` ('de-AT', 'DE') asks for; '' when we do not speak it."""
    try:
        return translation.get_supported_language_variant(code.replace("_", "-").lower()) if code else ""
    except LookupError:
        return ""
