from django.urls import path

from tracking.views import account, choice, lookup, order, share

urlpatterns = [
    path("", lookup.look_up, name="lookup"),
    path("s/<slug:slug>/", lookup.look_up, name="store_lookup"),
    path("o/<str:token>/", order.page, name="order"),
    path("o/<str:token>/calendar.ics", order.calendar, name="order_calendar"),
    path("o/<str:token>/code/", order.code, name="order_code"),
    path("o/<str:token>/link/", order.send_link, name="order_link"),
    path("o/<str:token>/share/", share.share, name="order_share"),
    path("o/<str:token>/choice/<uuid:public_id>/", choice.choice, name="order_choice"),
    path("account/orders/", account.orders, name="account_orders"),
    path("account/orders/<uuid:public_id>/", account.open_order, name="account_order"),
]
