"""
Tracking numbers against the published formats of eighteen couriers.

The files describe each format as a regular expression and a check digit; what is valid is worked out from
them, by other code than ours, and numbers are made up from them at random (but the same every time).
"""

import json
import random
import re
import string
from pathlib import Path

import pytest

from tracking.carriers.numbers import carrier_of_number, carriers_of_number

FORMATS = Path(__file__).parents[3] / "shared" / "data" / "tracking" / "number_formats" / "couriers"
SPECS = [
    pytest.param(courier.stem, spec, id=f"{courier.stem}-{spec.get('id') or spec['name']}")
    for courier in sorted(FORMATS.glob("*.json"))
    for spec in json.loads(courier.read_text(encoding="utf-8"))["tracking_numbers"]
]
CODES = {"canadapost": "canada_post"}
PER_FORMAT = 60
# Posts that the data names otherwise than we do are checked by hand here; the others by having a code at all.
LANDS = {
    "GB": "royal_mail",
    "FR": "la_poste",
    "DK": "postnord",
    "SE": "postnord",
    "NO": "bring",
    "BR": "correios_brazil",
}

pytestmark = [pytest.mark.shared, pytest.mark.usefixtures("shared")]
every_format = pytest.mark.parametrize(("courier", "spec"), SPECS)


# --- what a file says
def pattern(spec: dict) -> re.Pattern:
    told = spec["regex"] if isinstance(spec["regex"], str) else "".join(spec["regex"])
    return re.compile(told.replace(r"\s*", "").replace("(?<", "(?P<"))


def is_valid(spec: dict, number: str) -> bool:
    match = pattern(spec).fullmatch(number)
    if match is None:
        return False
    rules = spec["validation"]
    if "additional" in rules:
        lands = next(entry for entry in spec["additional"] if entry["name"] == "Courier")["lookup"]
        if match["CountryCode"] not in {land["matches"] for land in lands}:
            return False
    if "checksum" not in rules:
        return True
    serial = match["SerialNumber"]
    before = rules.get("serial_number_format", {}).get("prepend_if")
    if before and re.match(before["matches_regex"].replace(r"\s*", ""), serial):
        serial = before["content"] + serial
    return check_digit(rules["checksum"], serial) == match["CheckDigit"]


def check_digit(rule: dict, serial: str) -> str:
    values = [int(char) if char.isdigit() else (ord(char) - 3) % 10 for char in serial]
    match rule["name"]:
        case "mod7":
            return str(int(serial) % 7)
        case "mod10":
            ordered = values[::-1] if rule.get("reverse") else values
            factors = (rule["evens_multiplier"], rule["odds_multiplier"])
            return str(-sum(value * factors[i % 2] for i, value in enumerate(ordered)) % 10)
        case "luhn":
            twice = [value * 2 if i % 2 == 0 else value for i, value in enumerate(reversed(values))]
            return str(-sum(sum(map(int, str(value))) for value in twice) % 10)
        case "s10":
            rest = sum(value * weight for value, weight in zip(values, rule["weightings"], strict=True)) % 11
            return {0: "5", 1: "0"}.get(rest) or str(11 - rest)
        case "sum_product_with_weightings_and_modulo":
            total = sum(value * weight for value, weight in zip(values, rule["weightings"], strict=True))
            return str(total % rule["modulo1"] % rule["modulo2"])
        case "mod_37_36":
            check = 36
            for char in serial:
                check += rule["alphabet"].index(char)
                check = (check - 36 if check > 36 else check) * 2
                check = check - 37 if check > 36 else check
            return rule["alphabet"][(37 - check) % 36]
    raise AssertionError(f"no such check digit: {rule['name']}")


def test_a_number_from_a_label_passes_as_these_rules_are_read():
    by_id = {param.values[1].get("id"): param.values[1] for param in SPECS}

    assert is_valid(by_id["ups"], "1Z999AA10123456784")
    assert is_valid(by_id["fedex_12"], "986578788855")
    assert is_valid(by_id["usps_impb_n"], "9400111201080805483016")
    assert is_valid(by_id["s10"], "RB123456785GB")
    assert not is_valid(by_id["s10"], "RB123456786GB")


# --- numbers made up from it
def written(tree, chance: random.Random) -> str:
    """Write something that a parsed regular expression matches, but for what it looks ahead for."""
    text = ""
    for kind, what in tree:
        match str(kind):
            case "LITERAL":
                text += chr(what)
            case "IN":
                choices = "".join(
                    chr(v)
                    if str(k) == "LITERAL"
                    else "".join(map(chr, range(v[0], v[1] + 1)))
                    if str(k) == "RANGE"
                    else ""
                    for k, v in what
                )
                text += chance.choice(choices or string.digits)
            case "MAX_REPEAT":
                least, most, inner = what
                text += "".join(written(inner, chance) for _ in range(chance.randint(least, min(most, 40))))
            case "SUBPATTERN":
                text += written(what[3], chance)
            case "BRANCH":
                text += written(chance.choice(what[1]), chance)
            case "ASSERT" | "ASSERT_NOT" | "AT":
                pass
            case other:
                raise AssertionError(f"nothing is written for {other}")
    return text


def made_up(spec: dict, *, good: bool) -> list[str]:
    """Return numbers of the format with the right check digit, or with a wrong one."""
    chance, found, tree = random.Random(7), [], re._parser.parse(pattern(spec).pattern)
    for _ in range(20_000):
        number = written(tree, chance)
        match = pattern(spec).fullmatch(number)
        if match is None:
            continue
        if "checksum" in spec["validation"]:
            start, end = match.span("CheckDigit")
            variants = [
                number[:start] + sign + number[end:] for sign in string.digits + string.ascii_uppercase
            ]
            fitting = [variant for variant in variants if pattern(spec).fullmatch(variant)]
            right = [variant for variant in fitting if is_valid(spec, variant)]
            # Where no digit is right, it is not the digit that is wrong.
            suitable = right if good or not right else [v for v in fitting if v not in right]
            number = chance.choice(suitable) if suitable else ""
        elif is_valid(spec, number) is not good:
            continue
        if number:
            found.append(number)
        if len(found) == PER_FORMAT:
            return found
    return found


def expected(courier: str, spec: dict, number: str) -> str:
    if courier == "dhl":
        return "dhl_ecommerce" if spec["id"].startswith("dhl_ecommerce") else "dhl_express"
    if courier == "s10":
        land = number[-2:]
        (only,) = carriers_of_number(f"RB123456785{land}") - {"dhl_ecommerce"}
        assert LANDS.get(land, only) == only
        return only
    return CODES.get(courier, courier)


@every_format
def test_a_number_of_a_published_format_is_recognised(courier, spec):
    numbers = made_up(spec, good=True)

    assert len(numbers) == PER_FORMAT
    assert [n for n in numbers if expected(courier, spec, n) not in carriers_of_number(n)] == []


@pytest.mark.parametrize(
    ("courier", "spec"), [param for param in SPECS if "checksum" in param.values[1]["validation"]]
)
def test_a_number_with_a_wrong_check_digit_is_refused(courier, spec):
    siblings = [param.values[1] for param in SPECS if param.values[0] == courier]
    wrong = [n for n in made_up(spec, good=False) if not any(is_valid(other, n) for other in siblings)]

    assert len(wrong) > PER_FORMAT / 2
    assert [n for n in wrong if expected(courier, spec, n) in carriers_of_number(n)] == []


def test_the_post_of_every_country_in_the_data_is_known():
    lands = next(
        entry
        for param in SPECS
        if param.values[0] == "s10"
        for entry in param.values[1]["additional"]
        if entry["name"] == "Courier"
    )["lookup"]

    assert [land["matches"] for land in lands if not carrier_of_number(f"RB123456785{land['matches']}")] == []
    assert carrier_of_number("RB123456785XX") == ""
