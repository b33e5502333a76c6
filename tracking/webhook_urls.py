"""Where shops and carriers deliver."""

from django.urls import path

from tracking import webhooks

urlpatterns = [
    path("shops/<slug:slug>/", webhooks.shop, name="shop_webhook"),
    path("carriers/<slug:slug>/", webhooks.carrier, name="carrier_webhook"),
]
