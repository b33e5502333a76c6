"""Addresses under /api/ that are about the API itself."""

from django.urls import path
from django.views.decorators.cache import cache_control
from drf_spectacular.views import SpectacularAPIView

from customers.api.docs import docs

urlpatterns = [
    path("schema/", cache_control(public=True, max_age=300)(SpectacularAPIView.as_view()), name="schema"),
    path("docs/", docs, name="api_docs"),
]
