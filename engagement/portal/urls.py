"""Where shoppers say what they want to get, and read what we sent them."""

from django.urls import path

from engagement.portal import help, inbox, links, preferences, push, survey, unsubscribe

urlpatterns = [
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("preferences/<str:token>/", preferences.by_token, name="preferences"),
    path("preferences/<str:token>/number/", preferences.number_by_token, name="preferences_number"),
    path("account/preferences/", preferences.by_account, name="account_preferences"),
    path("account/preferences/number/", preferences.number_by_account, name="account_preferences_number"),
    path("account/messages/", inbox.messages, name="account_messages"),
    path("account/messages/read/", inbox.read, name="account_messages_read"),
    path("o/<str:token>/inbox/", inbox.read_on_order, name="order_inbox"),
    path("o/<str:token>/push/", push.subscribe, name="order_push"),
    path("o/<str:token>/push/stop/", push.unsubscribe, name="order_push_stop"),
    path("survey/<str:token>/", survey.survey, name="survey"),
    path("help/<str:token>/", help.help_page, name="help"),
    path("c/<str:token>/", links.follow, name="click"),
    path("sw.js", push.worker, name="service_worker"),
]
