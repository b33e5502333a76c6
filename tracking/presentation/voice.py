"""
How dates, times, sums and places are said to one reader: their language, the store's time zone, this moment.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.lib.money import BadMoney, Money

_YEAR = re.compile(r"[\s,./]*\by+\b[\s.]*$")


@dataclass(frozen=True)
class Voice:
    """One reader. `at` is aware; `zone` is the store's (a script may re-render times in the reader's own)."""

    locale: Locale
    zone: tzinfo
    at: datetime

    @property
    def today(self) -> date:
        """The calendar day of `at` in `zone`."""
        return self.at.astimezone(self.zone).date()

    @property
    def tag(self) -> str:
        """The language tag for <html lang>, e.g. en-US."""
        return str(self.locale).replace("_", "-")

    def date_of(self, moment: datetime) -> date:
        """Return the calendar day of the aware `moment` in `zone`."""
        return moment.astimezone(self.zone).date()

    def day(self, day: date) -> str:
        """Return e.g. 'Tuesday, November 24'; the year only when it is not this one."""
        pattern = self.locale.date_formats["full"].pattern
        if day.year == self.today.year or abs((day - self.today).days) < 180:
            pattern = _YEAR.sub("", pattern)
        return format_date(day, pattern, locale=self.locale)

    def short_day(self, day: date) -> str:
        """Return 'today', 'yesterday', 'tomorrow' or e.g. 'Nov 24'."""
        return self._near(day) or str(format_skeleton("MMMd", day, locale=self.locale))

    def on_day(self, day: date) -> str:
        """Return the day as part of a sentence: 'today', 'yesterday' or 'on Tuesday, November 24'."""
        return self._near(day) or _("on %(day)s") % {"day": self.day(day)}

    def _near(self, day: date) -> str:
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}.get((day - self.today).days, "")

    def _clock(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        pattern = self.locale.time_formats["short"].pattern
        if "a" in pattern and local.minute == 0:
            return str(format_skeleton("h", local, tzinfo=self.zone, locale=self.locale))
        return str(format_time(local, pattern, tzinfo=self.zone, locale=self.locale))

    def clock(self, moment: datetime) -> SafeString:
        """Return a <time> with the time of day of the aware `moment`."""
        return _time(moment.isoformat(), "time", self._clock(moment))

    def when(self, moment: datetime) -> SafeString:
        """Return a <time> with day and time of day, the day in words while it is near."""
        return _time(moment.isoformat(), "when", self._when(moment))

    def stamp(self, moment: datetime) -> SafeString:
        """Return a <time> with the short day of the aware `moment`."""
        return _time(moment.isoformat(), "day", self.short_day(self.date_of(moment)))

    def _when(self, moment: datetime) -> str:
        day = self.date_of(moment)
        age = self.today - day
        if timedelta(days=1) < age < timedelta(days=7):
            weekday = format_skeleton("EEE", moment.astimezone(self.zone), locale=self.locale)
            return f"{weekday} {self._clock(moment)}"
        joint = " " if self._near(day) else ", "
        return f"{self.short_day(day)}{joint}{self._clock(moment)}"

    def local(self, text: str) -> SafeString:
        """Return a <time> for a carrier's wall-clock time without an offset (ISO), as it was told."""
        try:
            told = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return format_html("{}", text)
        clock = format_time(told, "short", locale=self.locale)
        words = f"{format_skeleton('MMMd', told, locale=self.locale)}, {clock}"
        return format_html('<time datetime="{}">{}</time>', told.isoformat(), words)

    def zone_name(self) -> str:
        """Return the name of `zone`, e.g. 'Eastern Time'."""
        return str(get_timezone_name(self.zone, locale=self.locale))

    def money(self, minor: int, currency: str) -> str:
        """Return an amount as this reader writes it; with its bare code where the currency is unknown."""
        try:
            return Money(minor, currency).format(str(self.locale)).replace("-", "\N{MINUS SIGN}")
        except BadMoney:
            return f"{minor / 100:.2f} {currency}"

    def country(self, code: str) -> str:
        """Return a country's name in this language; the code itself when it is not one."""
        return str(self.locale.territories.get(code.upper(), code))

    def place(self, city: str, region: str = "", country: str = "", *, home: str = "") -> str:
        """Return a place in words; the country only when it is not `home` (two letters)."""
        abroad = self.country(country) if country and country.upper() != home.upper() else ""
        return ", ".join(
            part for part in (tidy(city), region if len(region) <= 3 else tidy(region), abroad) if part
        )


def _time(iso: str, kind: str, text: str) -> SafeString:
    return format_html('<time datetime="{}" data-t="{}">{}</time>', iso, kind, text)


def tidy(name: str) -> str:
    """Return a place name that a carrier shouted in capitals as people write it."""
    return name.title() if len(name) > 3 and name.isupper() else name


def voice_for(*, language: str, country: str, zone: tzinfo, at: datetime) -> Voice:
    """
    Return the voice for a language and the country whose habits of date and clock the reader likely has.

    An unknown pair falls back to the language alone, an unknown language to English.
    """
    language = language.split("-")[0]
    for name in (f"{language}_{country.upper()}", language, "en"):
        try:
            return Voice(Locale.parse(name), zone, at)
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel always knows English")
