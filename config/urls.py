"""Where everything is. Each app keeps its own routes; this file only puts them together."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import views

urlpatterns = [
    path("", include("tracking.urls")),
    path("", include("customers.urls")),
    path("", include("engagement.urls")),
    path("account/", include("allauth.urls")),
    path("webhooks/", include("tracking.webhook_urls")),
    path("webhooks/", include("engagement.webhook_urls")),
    path("api/v1/", include("tracking.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
