"""Carriers by their names and by their numbers."""

import pytest

from tracking.carriers import detect
from tracking.carriers.numbers import carrier_of_number, carriers_of_number


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UPS", "ups"),
        ("ups", "ups"),
        ("UPS® Ground", "ups"),
        ("UPSMailInnovations", "ups"),
        ("USPS Priority Mail", "usps"),
        ("United States Postal Service", "usps"),
        ("Fed Ex", "fedex"),
        ("FedExSameDayCity", "fedex"),
        ("DHL", "dhl"),
        ("DHL Express", "dhl_express"),
        ("DHL eCommerce Asia", "dhl_ecommerce"),
        ("DPD", "dpd"),
        ("DPD Local", "dpd_uk"),
        ("Royal Mail 48", "royal_mail"),
        ("Canada Post", "canada_post"),
        ("Colissimo", "la_poste"),
        ("österreichische POST", "austrian_post"),
        ("Evri - Economy, Medium Parcel", "evri"),
        ("royal_mail", "royal_mail"),
    ],
)
def test_a_name_means_its_carrier_however_it_is_written(name, code):
    assert detect.carrier_code(name) == code


@pytest.mark.parametrize(
    "name", ["", "Other", "Custom", "Upside Down Couriers", "post", "Joe's Bikes", "快递", "🚚" * 500]
)
def test_an_unknown_name_means_nobody(name):
    assert detect.carrier_code(name) == ""


def test_codes_and_names_are_unique_so_that_none_shadows_another():
    written = [
        (known.code, name) for known in detect.KNOWN for name in (known.code, known.label, *known.aliases)
    ]
    meant = [(detect.carrier_code(name), name) for _, name in written]

    assert meant == written
    assert len({known.code for known in detect.KNOWN}) == len(detect.KNOWN) >= 40


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1Z999AA10123456784", "ups"),
        ("1z 999 aa1 01 2345 6784", "ups"),
        ("986578788855", "fedex"),
        ("041441760228964", "fedex"),
        ("9400 1112 0108 0805 4830 16", "usps"),
        ("420221539101026837331000039521", "usps"),
        ("RB123456785GB", "royal_mail"),
        ("RA123456785US", "usps"),
        ("0073938000549297", "canada_post"),
        ("TBA123456789012", "amazon"),
        ("JVGL0999999990", "dhl_express"),
    ],
)
def test_a_number_with_the_right_check_digit_tells_its_carrier(number, code):
    assert carrier_of_number(number) == code
    assert detect.code_for("", number) == code


@pytest.mark.parametrize(
    "number",
    [
        "",
        "1Z999AA10123456785",
        "986578788856",
        "9400111201080805483017",
        "RB123456786GB",
        "RB123456785XX",
        "000000000000",
        "HP1042",
        "a" * 500,
        "1Z999AA1012345678٤",
    ],
)
def test_a_wrong_check_digit_or_a_strange_number_tells_nothing(number):
    assert carrier_of_number(number) == ""


def test_the_name_is_worth_more_than_the_number():
    assert detect.code_for("Royal Mail", "986578788855") == "royal_mail"
    assert detect.code_for("Joe's Bikes", "986578788855") == "fedex"


def test_a_tracking_page_holds_the_number_and_nothing_else_of_the_senders():
    assert (
        detect.tracking_url("ups", "1Z 999 AA1 01 2345 6784")
        == "https://www.ups.com/track?tracknum=1Z999AA10123456784"
    )
    assert detect.tracking_url("ups", '1Z"><script>') == ""
    assert detect.tracking_url("ups", "") == ""
    assert detect.tracking_url("pigeon", "1Z999AA10123456784") == ""
    assert detect.tracking_url("sandbox", "SBX123456") == ""


def test_every_tracking_page_is_a_secure_address_with_room_for_one_number():
    pages = [known.page for known in detect.KNOWN if known.page]

    assert all(page.startswith("https://") and page.count("{}") == 1 for page in pages)


def test_a_carrier_outside_the_table_is_shown_by_its_own_code():
    assert detect.carrier_label("ups") == "UPS"
    assert detect.carrier_label("pigeon_post") == "pigeon_post"
    assert detect.slug("Pigeon Post, Ges.m.b.H.") == "pigeon_post_ges_m_b_h"


def test_the_posts_of_the_world_are_named():
    assert detect.carrier_label("afghan_post") == "Afghan Post"
    assert detect.carrier_code("Correos de Chile") == "correos_chile"
    assert detect.code_for("", "RB123456785CL") == "correos_chile"


@pytest.mark.parametrize(
    ("number", "all_of_them", "the_one"),
    [
        ("05308801410058", {"dpd", "dhl_ecommerce"}, ""),  # fourteen digits prove nothing
        ("2340577190", {"dhl_express"}, ""),  # one number in seven passes by chance
        ("LX123456785US", {"usps", "dhl_ecommerce"}, "usps"),  # a check digit is worth more than two letters
        ("ABC123456789", {"purolator"}, ""),
        ("JD0002220000000000", {"dhl_express", "yodel"}, ""),
        ("GFUS01234567890123", {"gofo"}, "gofo"),
        ("9611020987654312345672", {"fedex"}, "fedex"),
        ("9611020987654312345673", set(), ""),
    ],
)
def test_only_a_number_that_is_seldom_met_by_chance_names_its_carrier(number, all_of_them, the_one):
    assert carriers_of_number(number) == all_of_them
    assert carrier_of_number(number) == the_one


@pytest.mark.parametrize("number", ["1" * 5000, "1Z" + "9" * 5000, "420" * 40, "A" * 60])
def test_a_long_number_is_refused_without_much_ado(number):
    assert carriers_of_number(number) == frozenset()
