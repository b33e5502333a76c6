"""
/unsubscribe/<token>/: asks (GET, which changes nothing: mail scanners open every link), and acts (POST).

The POST needs no cookie, no log-in and no CSRF token, and is not redirected: mail programs send it by
themselves (RFC 8058). The sealed token is the permission, and all it can do is end marketing.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from engagement import preferences, tokens
from engagement.portal.pages import hello, shop_of
from engagement.vocabulary import Channel

ONE_CLICK = "List-Unsubscribe=One-Click"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End marketing on the channel the message came by. 404 for every token that opens nothing."""
    at = timezone.now()
    whose = tokens.open_unsubscribe(token)
    if whose is None:
        raise Http404
    store, message = shop_of(request, whose.store), whose.message
    hello(request, whose.customer, store, message.language if message else "")
    channel = message.channel if message and message.channel in preferences.ASKED else str(Channel.EMAIL)
    done = request.method == "POST"
    if done:
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        preferences.refuse(
            whose.customer,
            channel=channel,
            source="one-click" if one_click else "unsubscribe page",
            words=ONE_CLICK if one_click else "",
            at=at,
            store=store,
            message=message,
        )
    context = {
        "store": store,
        "channel": Channel(channel),
        "done": done,
        "preferences": tokens.preferences_token(whose.customer, store) if store else "",
    }
    return render(request, "portal/unsubscribe.html", context)
