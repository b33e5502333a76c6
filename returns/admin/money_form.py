"""A page with a short form on one row about money: asked for by GET, done by POST, then the row again."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from config.lib.staff.pages import NotDone, StaffAdmin


def form_page(
    page: StaffAdmin,
    request: HttpRequest,
    object_id: str,
    *,
    form: Callable[[Any, Any], forms.Form],
    do: Callable[[Any, dict[str, Any]], str],
    title: str,
    explained: str,
) -> HttpResponse:
    """
    Show a form for a row (GET), or do what it says (POST) and show the row.

    `form` makes the form of (data or None, row). `do` takes row and cleaned data, returns what it did in
    words, and raises NotDone. Raises: Http404; PermissionDenied.
    """
    row = page.get_object(request, object_id)
    if row is None:
        raise Http404
    if not page.has_change_permission(request, row):
        raise PermissionDenied
    filled = form(request.POST if request.method == "POST" else None, row)
    if request.method == "POST" and filled.is_valid():
        try:
            done = do(row, filled.cleaned_data)
        except NotDone as exc:
            page.message_user(request, str(exc), messages.WARNING)
        else:
            page.log_change(request, row, done)
            page.message_user(request, done, messages.SUCCESS)
        return HttpResponseRedirect(page.address("change", row.pk))
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": title,
        "subtitle": page.label(row),
        "explained": explained,
        "lists": page.called,
        "list_url": page.address("changelist"),
        "row_url": page.address("change", row.pk),
        "form": filled,
    }
    return TemplateResponse(request, "admin/returns/money_form.html", context)
