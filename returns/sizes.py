"""
Sizes as shops write them, and which one comes next. Pure: labels in, a label out.

Known ladders: letters (XXS … 5XL, in words too), numbers with halves under EU, UK, US or nothing, waist and
length, ages and heights of children. A label of none of them has no place here: the caller goes by the order
in which the shop lists its variants.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

Rank = tuple[str, Fraction, Fraction]  # ladder, place on it, place among equals (the length)

_LETTERS = {
    "XXXS": 0,
    "XXS": 1,
    "XS": 2,
    "S": 3,
    "M": 4,
    "L": 5,
    "XL": 6,
    "XXL": 7,
    "XXXL": 8,
    "XXXXL": 9,
    "XXXXXL": 10,
}
_WORDS = {
    "EXTRA SMALL": "XS",
    "X SMALL": "XS",
    "SMALL": "S",
    "MEDIUM": "M",
    "LARGE": "L",
    "EXTRA LARGE": "XL",
    "X LARGE": "XL",
    "XX LARGE": "XXL",
    "XXX LARGE": "XXXL",
    "XX SMALL": "XXS",
}
_COUNTED = re.compile(r"([2-5])X(S|L)")
_HALVES = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3"}
_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?(?: +[1-3]/[2-4])?"
_PLAIN = re.compile(rf"(EU|EUR|UK|US|GB|FR|DE|IT|JP|CM)? *({_NUMBER}) *(EU|UK|US|CM|MM)?")
_JEANS = re.compile(rf"W *({_NUMBER})[ /X-]*L *({_NUMBER})|({_NUMBER}) *[/X] *({_NUMBER})")
_AGES = re.compile(r"(\d{1,2})(?: *[-–] *\d{1,2})? *(Y|YRS?|YEARS?|M|MONTHS?|MOS?)\b\.?")
_SAME = {"EUR": "EU", "GB": "UK"}
# Above this, "a/b" is two heights of a child (98/104), not a waist and a length.
_LONGEST_LEG = 40


def rank(label: str) -> Rank | None:
    """Return where a size stands on which ladder; None for a label that is no size we know."""
    text = label.strip().upper()
    for sign, written in _HALVES.items():
        text = text.replace(sign, written)
    text = re.sub(r"[\s_]+", " ", text).removeprefix("SIZE ").removeprefix("GRÖSSE ").strip()
    return _letter(text) or _pair(text) or _plain(text) or _age(text)


def _letter(text: str) -> Rank | None:
    text = _WORDS.get(text.replace("-", " "), text)
    counted = _COUNTED.fullmatch(text)
    if counted:
        text = "X" * int(counted[1]) + counted[2]
    place = _LETTERS.get(text)
    return None if place is None else ("letters", Fraction(place), Fraction(0))


def _pair(text: str) -> Rank | None:
    found = _JEANS.fullmatch(text)
    if not found:
        return None
    waist, length = (_value(part) for part in (found[1] or found[3], found[2] or found[4]))
    if found[1] is None and length > _LONGEST_LEG:
        return ("heights", waist, Fraction(0))
    return ("waist", waist, length)


def _plain(text: str) -> Rank | None:
    found = _PLAIN.fullmatch(text)
    if not found or (found[1] and found[3]):
        return None
    system = found[1] or found[3] or ""
    return (f"number {_SAME.get(system, system)}", _value(found[2]), Fraction(0))


def _age(text: str) -> Rank | None:
    found = _AGES.fullmatch(text)
    if not found:
        return None
    months = int(found[1]) * (1 if found[2].startswith("M") else 12)
    return ("ages", Fraction(months), Fraction(0))


def _value(text: str) -> Fraction:
    whole, _, part = text.replace(",", ".").partition(" ")
    return Fraction(whole) + (Fraction(part.strip()) if part else 0)


def next_label(label: str, others: Sequence[str], *, larger: bool) -> str | None:
    """
    Return which of `others` is the next size after `label`: on its ladder, of the same length. None where
    there is none.
    """
    mine = rank(label)
    if mine is None:
        return None
    found = []
    for other in others:
        theirs = rank(other)
        if theirs is None or theirs[0] != mine[0] or theirs[2] != mine[2]:
            continue
        if theirs[1] > mine[1] if larger else theirs[1] < mine[1]:
            found.append((theirs[1], other))
    if not found:
        return None
    return (min(found) if larger else max(found))[1]
