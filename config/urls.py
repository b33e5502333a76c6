"""Where everything is. Each app keeps its own routes; this file only puts them together."""

from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    # First what machines ask for all day long; it takes no address from a page.
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("webhooks/", include("tracking.webhook_urls")),
    path("webhooks/", include("returns.webhook_urls")),
    path("webhooks/", include("engagement.webhook_urls")),
    path("", include("tracking.urls")),
    path("", include("customers.urls")),
    path("", include("returns.urls")),
    path("", include("engagement.urls")),
    path("warehouse/", include("returns.warehouse.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/", include("returns.api_urls")),  # before tracking's, whose last address catches all
    path("api/v1/", include("engagement.api_urls")),
    path("api/v1/", include("tracking.api_urls")),
    path("api/", include("customers.api.urls")),
    path("admin/", admin.site.urls),
]
