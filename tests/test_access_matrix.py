"""
Who gets which answer at every address. An address that is not listed here fails the test.

The numbers are statuses, in the order of PEOPLE. Keys of the API are strangers everywhere but in the API,
people are strangers there.
"""

import re

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests import world as whole
from tests.access_backoffice import ADDED, DELETED, ROWS
from tests.access_conversation import CONVERSATION
from tests.access_returns import RETURNS
from tests.world import KEYS, PEOPLE, World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

# method, name, which of its things:
# anonymous, guest A, guest B, shopper A, shopper B, staff without rights, superuser
PAGES = """
GET  lookup                    -        200 200 200 200 200 200 200
POST lookup                    -        200 200 200 200 200 200 200
GET  store_lookup              -        200 200 200 200 200 200 200
POST store_lookup              -        200 200 200 200 200 200 200
GET  order                     act      200 200 200 200 200 200 200
GET  order                     share    200 200 200 200 200 200 200
GET  order                     view     404 200 404 404 404 404 404
GET  order                     view_b   404 404 200 404 404 404 404
GET  order                     ended    404 404 404 404 404 404 404
GET  order                     unknown  404 404 404 404 404 404 404
POST order                     act      405 405 405 405 405 405 405
GET  order_calendar            act      404 404 404 404 404 404 404
GET  order_calendar            view     404 404 404 404 404 404 404
GET  order_calendar            unknown  404 404 404 404 404 404 404
POST order_calendar            act      405 405 405 405 405 405 405
GET  order_code                act      302 302 302 302 302 302 302
GET  order_code                view     404 200 404 404 404 404 404
GET  order_code                view_b   404 404 200 404 404 404 404
GET  order_code                share    404 404 404 404 404 404 404
GET  order_code                ended    404 404 404 404 404 404 404
POST order_code                act      302 302 302 302 302 302 302
POST order_code                view     404 302 404 404 404 404 404
POST order_code                share    404 404 404 404 404 404 404
POST order_code                unknown  404 404 404 404 404 404 404
GET  order_link                act      405 405 405 405 405 405 405
POST order_link                act      200 200 200 200 200 200 200
POST order_link                view     404 200 404 404 404 404 404
POST order_link                share    404 404 404 404 404 404 404
POST order_link                ended    404 404 404 404 404 404 404
GET  order_share               act      405 405 405 405 405 405 405
POST order_share               act      302 302 302 302 302 302 302
POST order_share               view     404 302 404 404 404 404 404
POST order_share               share    404 404 404 404 404 404 404
POST order_share               ended    404 404 404 404 404 404 404
GET  help                      act      200 200 200 200 200 200 200
GET  help                      view     404 404 404 404 404 404 404
GET  help                      share    404 404 404 404 404 404 404
GET  help                      ended    404 404 404 404 404 404 404
GET  help                      unknown  404 404 404 404 404 404 404
POST help                      act      422 422 422 422 422 422 422
POST help                      view     404 404 404 404 404 404 404
POST help                      share    404 404 404 404 404 404 404
GET  order_choice              act      200 200 200 200 200 200 200
GET  order_choice              view     404 302 404 404 404 404 404
GET  order_choice              view_b   404 404 404 404 404 404 404
GET  order_choice              share    404 404 404 404 404 404 404
GET  order_choice              ended    404 404 404 404 404 404 404
GET  order_choice              unknown  404 404 404 404 404 404 404
POST order_choice              act      302 302 302 302 302 302 302
POST order_choice              view     404 302 404 404 404 404 404
POST order_choice              view_b   404 404 404 404 404 404 404
POST order_choice              share    404 404 404 404 404 404 404
POST order_choice              ended    404 404 404 404 404 404 404
GET  survey                    survey   200 200 200 200 200 200 200
GET  survey                    act      404 404 404 404 404 404 404
GET  survey                    unknown  404 404 404 404 404 404 404
POST survey                    survey   302 302 302 302 302 302 302
POST survey                    act      404 404 404 404 404 404 404
POST survey                    unknown  404 404 404 404 404 404 404
GET  account_orders            -        302 302 302 200 200 200 200
POST account_orders            -        302 302 302 405 405 405 405
GET  account_returns           -        302 302 302 200 200 200 200
POST account_returns           -        302 302 302 405 405 405 405
GET  account_order             a        302 302 302 405 405 405 405
POST account_order             a        302 302 302 302 404 404 404
POST account_order             b        302 302 302 404 302 404 404
GET  warehouse                 -        302 302 302 404 404 404 200
POST warehouse                 -        302 302 302 404 404 404 405
GET  warehouse_scan            -        302 302 302 404 404 404 405
POST warehouse_scan            -        302 302 302 404 404 404 302
GET  warehouse_unknown         -        302 302 302 404 404 404 405
POST warehouse_unknown         -        302 302 302 404 404 404 302
GET  warehouse_unasked         -        302 302 302 404 404 404 405
POST warehouse_unasked         -        302 302 302 404 404 404 302
GET  warehouse_photo           -        302 302 302 404 404 404 404
GET  warehouse_return          -        302 302 302 404 404 404 302
POST warehouse_return          -        302 302 302 404 404 404 405
POST warehouse_another         -        302 302 302 404 404 404 302
GET  warehouse_parcel          -        302 302 302 404 404 404 200
POST warehouse_parcel          -        302 302 302 404 404 404 405
GET  warehouse_receive         -        302 302 302 404 404 404 405
POST warehouse_receive         -        302 302 302 404 404 404 302
GET  warehouse_item            -        302 302 302 404 404 404 405
POST warehouse_item            -        302 302 302 404 404 404 302
GET  warehouse_lay_in          -        302 302 302 404 404 404 405
POST warehouse_lay_in          -        302 302 302 404 404 404 302
GET  warehouse_take_out        -        302 302 302 404 404 404 405
POST warehouse_take_out        -        302 302 302 404 404 404 302
GET  warehouse_look            -        302 302 302 404 404 404 405
POST warehouse_look            -        302 302 302 404 404 404 302
GET  warehouse_unexpected      -        302 302 302 404 404 404 405
POST warehouse_unexpected      -        302 302 302 404 404 404 302
GET  warehouse_drop            -        302 302 302 404 404 404 405
POST warehouse_drop            -        302 302 302 404 404 404 302
GET  warehouse_finish          -        302 302 302 404 404 404 405
POST warehouse_finish          -        302 302 302 404 404 404 302
GET  warehouse_close           -        302 302 302 404 404 404 405
POST warehouse_close           -        302 302 302 404 404 404 302
GET  warehouse_take_over       -        302 302 302 404 404 404 405
POST warehouse_take_over       -        302 302 302 404 404 404 302
GET  brand_css                 -        200 200 200 200 200 200 200
POST brand_css                 -        405 405 405 405 405 405 405
GET  choose_language           -        405 405 405 405 405 405 405
POST choose_language           -        302 302 302 302 302 302 302
GET  mailbox                   -        404 404 404 404 404 404 404
GET  mailbox_message           -        404 404 404 404 404 404 404
GET  mailbox_html              -        404 404 404 404 404 404 404
GET  account_login             -        200 200 200 302 302 302 302
POST account_login             -        200 200 200 302 302 302 302
GET  account_logout            -        302 302 302 200 200 200 200
POST account_logout            -        302 302 302 302 302 302 302
GET  account_inactive          -        200 200 200 200 200 200 200
GET  account_signup            -        200 200 200 302 302 302 302
POST account_signup            -        200 200 200 302 302 302 302
GET  account_reauthenticate    -        302 302 302 200 200 200 200
GET  account_email             -        302 302 302 200 200 200 200
POST account_email             -        302 302 302 302 302 302 302
GET  account_email_verification_sent -  302 302 302 302 302 302 302
GET  account_change_password   -        302 302 302 200 200 200 200
POST account_change_password   -        302 302 302 200 200 200 200
GET  account_set_password      -        302 302 302 302 302 302 302
POST account_set_password      -        302 302 302 302 302 302 302
GET  account_reset_password    -        200 200 200 200 200 200 200
POST account_reset_password    -        200 200 200 200 200 200 200
GET  account_confirm_login_code -       302 302 302 302 302 302 302
POST account_confirm_login_code -       302 302 302 302 302 302 302
GET  account_request_login_code -       200 200 200 302 302 302 302
POST account_request_login_code -       200 200 200 302 302 302 302
GET  account_confirm_password_reset_code - 302 302 302 302 302 302 302
POST account_confirm_password_reset_code - 302 302 302 302 302 302 302
GET  account_complete_password_reset -  302 302 302 302 302 302 302
POST account_complete_password_reset -  302 302 302 302 302 302 302
GET  account_password_reset_completed - 200 200 200 200 200 200 200
GET  mfa_index                 -        302 302 302 200 200 200 200
GET  mfa_authenticate          -        302 302 302 302 302 302 302
POST mfa_authenticate          -        302 302 302 302 302 302 302
GET  mfa_reauthenticate        -        302 302 302 302 302 302 302
GET  mfa_activate_totp         -        302 302 302 302 302 302 302
GET  mfa_deactivate_totp       -        302 302 302 404 404 404 404
GET  mfa_view_recovery_codes   -        302 302 302 404 404 404 404
GET  mfa_generate_recovery_codes -      302 302 302 302 302 302 302
GET  mfa_download_recovery_codes -      302 302 302 404 404 404 404
GET  shop_webhook              -        405 405 405 405 405 405 405
POST shop_webhook              -        401 401 401 401 401 401 401
GET  carrier_webhook           -        405 405 405 405 405 405 405
POST carrier_webhook           -        401 401 401 401 401 401 401
GET  stripe_webhook            -        405 405 405 405 405 405 405
POST stripe_webhook            -        404 404 404 404 404 404 404
GET  schema                    -        200 200 200 200 200 200 200
POST schema                    -        405 405 405 405 405 405 405
GET  api_docs                  -        200 200 200 200 200 200 200
GET  healthz                   -        200 200 200 200 200 200 200
GET  readyz                    -        200 200 200 200 200 200 200
GET  admin:index               -        302 302 302 302 302 200 200
GET  admin:find                -        302 302 302 302 302 302 302
POST admin:find                -        302 302 302 302 302 200 200
GET  admin:login               -        302 302 302 403 403 302 302
POST admin:login               -        302 302 302 403 403 200 200
GET  admin:logout              -        302 302 302 302 302 405 405
POST admin:logout              -        302 302 302 302 302 200 200
GET  admin:password_change     -        302 302 302 302 302 200 200
GET  admin:password_change_done -       302 302 302 302 302 200 200
GET  admin:autocomplete        -        302 302 302 302 302 403 403
GET  admin:jsi18n              -        302 302 302 302 302 200 200
GET  admin:app_list            -        302 302 302 302 302 404 200
GET  admin:view_on_site        -        302 302 302 302 302 404 404
GET  admin/(?P<url>.*)$        -        302 302 302 302 302 404 404
"""

# method, name, which:
# strangers, key of the order's store, key of another store, key that may only read, ended, revoked
API = """
GET  api_orders    -  401 200 200 200 401 401
POST api_orders    -  401 400 400 403 401 401
GET  api_order     a  401 200 404 200 401 401
GET  api_order     b  401 404 200 404 401 401
POST api_order     a  401 405 405 405 401 401
GET  api_shipments -  401 200 200 200 401 401
POST api_shipments -  401 400 400 403 401 401
GET  api_shipment  a  401 200 404 200 401 401
GET  api_shipment  b  401 404 200 404 401 401
GET  api_scans     a  401 405 405 405 401 401
POST api_scans     a  401 400 404 403 401 401
POST api_scans     b  401 404 400 403 401 401
GET  api_returns   -  401 200 200 403 401 401
POST api_returns   -  401 400 400 403 401 401
GET  api_return_quote - 401 405 405 405 401 401
POST api_return_quote - 401 400 400 403 401 401
GET  api_return    a  401 200 404 403 401 401
POST api_return    a  401 405 405 405 401 401
GET  api_return_cancel  a 401 405 405 405 401 401
POST api_return_cancel  a 401 400 400 403 401 401
GET  api_return_approve a 401 405 405 405 401 401
POST api_return_approve a 401 400 400 403 401 401
GET  api_return_reject  a 401 405 405 405 401 401
POST api_return_reject  a 401 400 400 403 401 401
GET  api_return_receive a 401 405 405 405 401 401
POST api_return_receive a 401 400 400 403 401 401
GET  api_return_inspect a 401 405 405 405 401 401
POST api_return_inspect a 401 400 400 403 401 401
GET  api_segments  -  401 200 200 403 401 401
POST api_segments  -  401 400 400 403 401 401
GET  api_segment   a  401 200 404 403 401 401
GET  api_segment   b  401 404 200 403 401 401
POST api_segment   a  401 405 405 405 401 401
GET  api_segment_members a 401 200 404 403 401 401
POST api_segment_members a 401 409 404 403 401 401
POST api_segment_members b 401 404 409 403 401 401
GET  api_events    -  401 405 405 405 401 401
POST api_events    -  401 400 400 403 401 401
GET  api_journeys  -  401 200 200 403 401 401
GET  api_journey   a  401 200 404 403 401 401
GET  api_journey_enrol a 401 405 405 405 401 401
POST api_journey_enrol a 401 400 400 403 401 401
GET  api_journey_enrolments a 401 200 404 403 401 401
GET  api/v1/^.*$   -  404 404 404 404 404 404
POST api/v1/^.*$   -  404 404 404 404 404 404
"""


@pytest.fixture
def world(tmp_path) -> World:
    cache.clear()
    return whole.build(tmp_path)


def table(text: str) -> list[tuple[str, str, str, list[int]]]:
    rows = (line.split() for line in text.splitlines() if line)
    return [
        (method, name, what, [int(status) for status in statuses]) for method, name, what, *statuses in rows
    ]


def knock(client: Client, method: str, path: str, data: dict[str, str] | None = None) -> int:
    """Return the status of one request, made by a copy of `client` and undone afterwards."""
    copy = Client(
        headers={name[5:]: value for name, value in client.defaults.items() if name.startswith("HTTP_")}
    )
    copy.cookies.update(client.cookies)
    cache.clear()
    with transaction.atomic():
        status = (
            copy.generic(method, path).status_code
            if method == "GET"
            else copy.post(path, data or {}).status_code
        )
        transaction.set_rollback(True)
    return status


def ask_api(client: Client, method: str, path: str) -> int:
    copy = Client(
        headers={"Authorization": client.defaults.get("HTTP_AUTHORIZATION", "")}
        if "HTTP_AUTHORIZATION" in client.defaults
        else {}
    )
    copy.cookies.update(client.cookies)
    with transaction.atomic():
        status = copy.generic(
            method, path, b"{}" if method == "POST" else b"", content_type="application/json"
        ).status_code
        transaction.set_rollback(True)
    return status


def test_every_page_answers_each_caller_as_listed(world):
    wrong = []
    for method, name, what, expected in table(PAGES + RETURNS + CONVERSATION):
        path = whole.address(world, name, what)
        wanted = dict(zip(PEOPLE, expected, strict=True)) | dict.fromkeys(KEYS, expected[0])
        got = {who: knock(world.callers[who], method, path) for who in wanted}
        wrong += [
            f"{method} {name} {what} {who}: {got[who]}, not {wanted[who]}"
            for who in wanted
            if got[who] != wanted[who]
        ]

    assert not wrong, "\n".join(wrong)


def test_the_api_answers_each_caller_as_listed(world):
    wrong = []
    for method, name, what, expected in table(API):
        path = whole.address(world, name, what)
        wanted = dict.fromkeys(PEOPLE, expected[0]) | dict(zip(KEYS, expected[1:], strict=True))
        got = {who: ask_api(world.callers[who], method, path) for who in wanted}
        wrong += [
            f"{method} {name} {what} {who}: {got[who]}, not {wanted[who]}"
            for who in wanted
            if got[who] != wanted[who]
        ]

    assert not wrong, "\n".join(wrong)


def is_row_page(name: str, route: str) -> bool:
    found = re.match(r"admin/(\w+)/\w+/", route)
    return bool(found) and found[1] in apps.app_configs


def test_the_back_office_answers_each_caller_as_it_should(world):
    wrong = []
    for name, route in whole.routes():
        if not is_row_page(name, route):
            continue
        path, page = whole.admin_address(route), name.removeprefix("admin:")
        model = "_".join(route.split("/")[1:3])
        kind = page if page in ROWS else page.removeprefix(f"{model}_")
        for who in (*PEOPLE, *KEYS):
            stranger = who not in ("clerk", "superuser")
            for method in ("GET", "POST"):
                got = knock(world.callers[who], method, path)
                if not name.startswith("admin:"):
                    fine = got == 302  # '…/<id>/' leads to '…/<id>/change/', which asks
                elif stranger:
                    fine = got == 302
                elif who == "clerk":
                    fine = got == 403 or (method == "GET" and got == 405)
                elif method == "POST":
                    fine = got < 500
                elif model not in {"add": ADDED, "delete": DELETED}.get(kind, {model}):
                    fine = got == 403
                else:
                    fine = got in ROWS.get(kind, ())
                if not fine:
                    wrong.append(f"{method} {name} {who}: {got}")

    assert not wrong, "\n".join(wrong[:60])


def test_no_address_is_left_out():
    listed = {name for _, name, _, _ in table(PAGES + RETURNS + CONVERSATION + API)}
    unlisted = [
        name
        for name, route in whole.routes()
        if name not in listed and not is_row_page(name, route) and not name.startswith("anymail:")
    ]

    assert not unlisted, "list them above with the status each caller gets"


@pytest.mark.parametrize(
    "provider", ["mailgun", "postmark", "sendgrid", "brevo", "resend", "amazon_ses", "mandrill"]
)
def test_reports_of_mail_providers_without_a_secret_have_no_door(client, provider):
    assert (
        client.post(
            f"/webhooks/email/anymail/{provider}/tracking/", "{}", content_type="application/json"
        ).status_code
        == 404
    )
