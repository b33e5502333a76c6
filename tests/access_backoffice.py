"""Which answer a superuser gets at the back-office pages about rows, by the kind of page."""

# A page about rows of one kind: what a superuser gets (GET). Everybody else with a log-in for staff: 403.
ROWS = (
    {
        "changelist": {200},
        "add": {200, 403},
        "history": {200},
        "delete": {200, 403},
        "change": {200},
        "do": {405},
        "export": {405},
        "columns": {200},
        "errors": {405},
        "newkey": {200},
        "spend": {200},
        "done": {200},
        "ordered": {200},
        "write": {200},
        "send": {200},
        "copy": {200},
        "figures": {200},
        "buy": {302},  # without an order: to the list of orders
        "document": {404},  # of a kind there is none of
        # words of messages, looked at in a frame
        **dict.fromkeys(("look", "names", "test", "look_new", "names_new", "test_new"), {405}),
        "auth_user_password_change": {200},
    }
    | {
        # returns
        **dict.fromkeys(("reject", "hold", "parcel", "shipping", "note", "end", "insight"), {200}),
        **dict.fromkeys(("base", "rule_add", "holiday_add", "publish", "versions", "why", "replay"), {200}),
        **dict.fromkeys(("photo", "rule", "holiday"), {404}),  # there is none
        **dict.fromkeys(("bulk", "create"), {302}),  # without a return or an order: to their lists
        **dict.fromkeys(("insight_csv", "insight_find", "edit", "back"), {405}),
    }
    | {
        # journeys
        **dict.fromkeys(("editor", "begin", "endings", "step_add", "about", "who", "dry_run"), {200}),
        "step": {404},  # there is none of that name
        "draft_do": {405},
    }
    | {
        # segments: the first one is by rules, and only lists take files
        "members": {200},
        "members_csv": {405},
        "file": {404},
    }
)
# What staff may add and delete by hand; the rest only services write.
ADDED = {
    "auth_group",
    "customers_alertroute",
    "customers_partner",
    "customers_store",
    "customers_user",
    "tracking_carrieraccount",
    "tracking_etarules",
    "tracking_watchrules",
    "tracking_importjob",
} | {
    "engagement_template",
    "engagement_guide",
    "engagement_suppression",
    "engagement_journey",
    "engagement_campaign",
    "engagement_segment",
    "account_emailaddress",
    "returns_policy",
    "returns_returnsettings",
}
DELETED = (ADDED | {"mfa_authenticator"}) - {
    "tracking_importjob",
    "returns_policy",
    "engagement_journey",
    "engagement_segment",
}
