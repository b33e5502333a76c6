"""
Where providers report to and bring what people answer: /webhooks/email/anymail/<provider>/tracking/ and
…/inbound/, /webhooks/sms/<provider>/.

django-anymail would also answer unsigned reports when no secret is set; here such a door is not there at all.
"""

import functools
import warnings
from collections.abc import Callable
from typing import Any

from anymail import urls as anymail_urls
from anymail.exceptions import AnymailConfigurationError, AnymailInsecureWebhookWarning
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

from engagement.sms import doors

View = Callable[..., HttpResponse]

# We answer 404 where it would warn.
warnings.filterwarnings("ignore", category=AnymailInsecureWebhookWarning)


def _is_open(view_class: Any) -> bool:
    """
    Say whether this provider's reports can be told from forged ones: a signature key or WEBHOOK_SECRET is
    set.
    """
    try:
        view = view_class()
    except ImproperlyConfigured:
        return False
    return bool(view.basic_auth) or not view.warn_if_no_basic_auth


def _guarded(view: Any) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _is_open(view.view_class):
            raise Http404
        try:
            answer: HttpResponse = view(request, *args, **kwargs)
        except AnymailConfigurationError as exc:  # some ask for their key only when a report comes
            raise Http404 from exc
        return answer

    return guarded


def _reports() -> list[URLPattern]:
    """Return anymail's routes: those that take reports, and those that take replies."""
    return [
        URLPattern(route.pattern, _guarded(route.callback), route.default_args, route.name)
        for route in anymail_urls.urlpatterns
        if route.name
    ]


urlpatterns = [
    path("email/anymail/", include((_reports(), "anymail"))),
    path("sms/<slug:code>/", doors.door, name="sms_webhook"),
]
