"""Addresses under /api/v1/returns/. They come before tracking's, whose last one catches all."""

from django.urls import path

from returns.api.decisions import Approve, Cancel, Inspect, Receive, Reject
from returns.api.returns import OneReturn, Quotes, Returns

urlpatterns = [
    path("returns/", Returns.as_view(), name="api_returns"),
    path("returns/quote/", Quotes.as_view(), name="api_return_quote"),
    path("returns/<uuid:public_id>/", OneReturn.as_view(), name="api_return"),
    path("returns/<uuid:public_id>/cancel/", Cancel.as_view(), name="api_return_cancel"),
    path("returns/<uuid:public_id>/approve/", Approve.as_view(), name="api_return_approve"),
    path("returns/<uuid:public_id>/reject/", Reject.as_view(), name="api_return_reject"),
    path("returns/<uuid:public_id>/receive/", Receive.as_view(), name="api_return_receive"),
    path("returns/<uuid:public_id>/inspect/", Inspect.as_view(), name="api_return_inspect"),
]
