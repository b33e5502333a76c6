"""The demo's mailbox page: every message as the shopper gets it. Not there (404) unless DEMO is on."""

import functools
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from engagement.channels import mailbox

PER_PAGE = 50
SEARCHED = 2000  # how far back a search looks
# A message may bring its own styles and our pictures; it runs nothing, and its links open in a page of their
# own.
MESSAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
View = Callable[..., HttpResponse]


def demo_only(view: View) -> View:
    """Answer 404 where this is not a demo: a mailbox is nobody's business."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@demo_only
@require_safe
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """Show messages, newest first; `q` finds words of recipient and subject, `page` counts from 1."""
    wanted = request.GET.get("q", "").strip()[:100]
    page = int(number) if (number := request.GET.get("page", "1")).isdecimal() and len(number) < 6 else 1
    names = mailbox.keys(settings.MAILBOX_DIR)
    start, end = max(page - 1, 0) * PER_PAGE, max(page, 1) * PER_PAGE
    if wanted:
        found = [
            head for head in mailbox.heads(settings.MAILBOX_DIR, names[:SEARCHED]) if _matches(head, wanted)
        ]
        shown, more = found[start:end], len(found) > end
    else:
        shown, more = mailbox.heads(settings.MAILBOX_DIR, names[start:end]), len(names) > end
    for head in shown:
        head["at"] = _date(head["date"])
    return render(
        request,
        "engagement/mailbox_list.html",
        {
            "messages_shown": shown,
            "q": wanted,
            "page": page,
            "newer": page - 1,
            "older": page + 1 if more else 0,
        },
    )


@demo_only
@require_safe
def mailbox_message(request: HttpRequest, key: str) -> HttpResponse:
    """
    Show one message: headers, and its HTML (`?view=text`: its plain text, `?view=source`: as it travelled).
    """
    mail = _get(key)
    view = request.GET.get("view", "html")
    return render(
        request,
        "engagement/mailbox_message.html",
        {
            "key": key,
            "mail": {name: str(mail.get(name, "")) for name in ("subject", "from", "to", "reply-to")},
            "sender": str(mail.get("from", "")),
            "reply_to": str(mail.get("reply-to", "")),
            "at": _date(str(mail.get("date", ""))),
            "headers": [(name, str(value)) for name, value in mail.items()],
            "view": view
            if view in ("text", "source") and (view == "source" or _part(mail, "plain"))
            else "html",
            "text": _part(mail, "plain"),
            "source": mail.as_string() if view == "source" else "",
        },
    )


@demo_only
@require_safe
@xframe_options_sameorigin
def mailbox_html(request: HttpRequest, key: str) -> HttpResponse:
    """Answer with a message's HTML under its own policy, for the frame on its page."""
    mail = _get(key)
    html = _part(mail, "html") or f"<!doctype html><title>-</title><pre>{escape(_part(mail, 'plain'))}</pre>"
    # Links would open inside the frame, where no page of ours may be shown.
    response = HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    response.headers["Content-Security-Policy"] = MESSAGE_POLICY
    return response


def _matches(head: dict[str, str], wanted: str) -> bool:
    return wanted.casefold() in f"{head['to']} {head['subject']}".casefold()


def _get(key: str) -> EmailMessage:
    mail = mailbox.read(settings.MAILBOX_DIR, key)
    if mail is None:
        raise Http404
    return mail


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""


def _date(text: str) -> Any:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
