"""What the configuration of a generic carrier may say, and how it is refused."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.tracking import CarrierAccountFactory
from tests.tracking.test_generic_carrier import BIKES
from tracking.carriers import generic_config
from tracking.carriers.base import BadPayload, Credentials
from tracking.carriers.generic import Generic
from tracking.services.carriers import set_up_carrier
from tracking.services.shipments import account_for

PLAIN = (Path(__file__).parent / "payloads" / "generic" / "plain.json").read_bytes()


def bikes(config: dict) -> Generic:
    return Generic(Credentials(config=config))


# --- checking
def test_a_good_configuration_has_no_problems():
    assert generic_config.problems(BIKES) == []
    assert generic_config.problems({}) == []
    assert (
        generic_config.problems({"url": "https://a.example/t", "method": "POST", "body": {"n": ["{number}"]}})
        == []
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "https://api.bikes.example/v1/parcels"}, "url: {number} is missing"),
        ({"url": "https://{number}.example/"}, "url: the host must not depend"),
        ({"url": "https://a.example/{order}"}, "url: only {number} and {api_key}"),
        ({"url": "https://a.example/{number!r}"}, "url: only {number} and {api_key}"),
        ({"url": "https://a.example/{number"}, "url: only {number} and {api_key}"),
        ({"url": "ftp://a.example/{number}"}, "url: the address has to begin with https://"),
        ({"url": "http://127.0.0.1/{number}"}, "url: 127.0.0.1 is not an address of the open Internet"),
        ({"url": "http://169.254.169.254/{number}"}, "url: 169.254.169.254 is not"),
        ({"url": "http://[::ffff:10.0.0.1]/{number}"}, "is not an address of the open Internet"),
        ({"url": "http://localhost/{number}"}, "url: localhost is not"),
        ({"url": "https://u:p@a.example/{number}"}, "url: the address must not contain a password"),
        ({"url": "https://a.example:22/{number}"}, "url: port 22"),
        ({"url": 7}, "url: this has to be a text"),
        ({"method": "DELETE"}, "method: this has to be GET or POST"),
        ({"headers": {"X Y": "a"}}, "headers: these have to be"),
        ({"headers": {"X-Y": "a\r\nHost: b"}}, "headers: these have to be"),
        ({"headers": {"Host": "b"}}, "headers: Host and lengths"),
        ({"headers": []}, "headers: these have to be"),
        ({"scans": "data[x]"}, "scans: this is not a path"),
        ({"time": "a..b"}, "time: this is not a path"),
        ({"scans": ""}, "scans: this is missing"),
        ({"city": 7}, "city: this is not a path"),
        ({"time_format": "dd.mm.yyyy"}, "time_format: this has to be"),
        ({"time_format": "%Q"}, "time_format: this has to be"),
        ({"zone": "Middle-earth"}, "zone: this is not a time zone"),
        ({"zone": "../../etc/passwd"}, "zone: this is not a time zone"),
        ({"status_map": {"A": "GONE"}}, "status_map: A has to be one of PENDING"),
        ({"status_map": {"A": ["DELIVERED", "magic"]}}, "status_map: the reason of A"),
        ({"status_map": {"A": 7}}, "status_map: A has to be one of"),
        ({"status_map": []}, "status_map: this has to be a table"),
        ({"unknown": ["404"]}, "unknown: this has to be a list"),
        ({"carriers": "ups"}, "carriers: this has to be a list"),
        ({"signature_header": "a b"}, "signature_header: this is not"),
        ({"colour": "red"}, "colour: there is no such setting"),
    ],
)
def test_what_is_wrong_is_said_in_one_clear_sentence(change, words):
    wrong = generic_config.problems(BIKES | change)

    assert len(wrong) == 1
    assert words in wrong[0]
    with pytest.raises(BadPayload, match="configuration does not work"):
        bikes(BIKES | change).parse(PLAIN)


SETTINGS = sorted(BIKES) + ["method", "body", "unknown", "parcels", "region", "signature_header"]
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["{number}", "a[*].b"])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(config=st.dictionaries(st.sampled_from(SETTINGS), VALUES, max_size=6))
def test_any_configuration_is_taken_or_refused_and_never_a_crash(config):
    if generic_config.problems(config):
        with pytest.raises(ValueError, match=":"):
            generic_config.read(config)
        return
    try:
        Generic(Credentials(config=config)).parse(PLAIN)
    except BadPayload as exc:
        assert str(exc)


@pytest.mark.django_db
def test_staff_cannot_save_an_account_whose_configuration_does_not_work():
    account = CarrierAccountFactory.build(slug="bikes", carrier="generic", config=BIKES | {"zone": "Nowhere"})

    with pytest.raises(ValidationError) as refused:
        account.full_clean()
    assert refused.value.message_dict == {"config": ["zone: this is not a time zone like Europe/Berlin"]}
    with pytest.raises(ValidationError):
        set_up_carrier(
            slug="bikes", values={"carrier": "generic", "config": {"url": "http://10.0.0.1/{number}"}}
        )


@pytest.mark.django_db
def test_the_account_follows_the_carriers_it_names_and_no_others():
    mine = CarrierAccountFactory(slug="bikes", carrier="generic", config=BIKES)

    assert account_for("city_bikes") == mine
    assert account_for("ups") is None
    other = CarrierAccountFactory(slug="easypost", carrier="easypost")
    assert account_for("ups") == other
    assert account_for("city_bikes") == mine


@pytest.mark.django_db
@pytest.mark.parametrize(("carrier", "said"), [("17track", True), ("easypost", False)])
def test_staff_see_where_a_signature_is_not_proved_yet(admin_client, carrier, said):
    account = CarrierAccountFactory(slug="one", carrier=carrier)

    page = admin_client.get(f"/admin/tracking/carrieraccount/{account.pk}/change/")

    assert page.status_code == 200
    assert ("known from others only" in page.content.decode()) is said
