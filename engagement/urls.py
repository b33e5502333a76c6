"""The demo's mailbox. Every view answers 404 unless DEMO is on."""

from django.urls import include, path

from engagement import views

urlpatterns = [
    path("", include("engagement.portal.urls")),
    path("demo/mailbox/", views.mailbox_list, name="mailbox"),
    path("demo/mailbox/<str:key>/", views.mailbox_message, name="mailbox_message"),
    path("demo/mailbox/<str:key>/html", views.mailbox_html, name="mailbox_html"),
]
