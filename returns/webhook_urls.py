"""Where payment providers report to."""

from django.urls import path

from returns.views import payments

urlpatterns = [
    path("payments/stripe/<slug:slug>/", payments.stripe_webhook, name="stripe_webhook"),
]
