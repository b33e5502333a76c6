"""Customers of a file, through `resolve_customer`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q

from customers.models import Consent, Customer, Identity
from customers.services.people import DETAILS, email_key, resolve_customer
from tracking.imports.cells import Record
from tracking.imports.customers import CustomerRow
from tracking.services.imports.base import Applier, Outcome
from tracking.services.orders import person
from tracking.shops.base import ConsentData, CustomerData
from tracking.versions import version


class Customers(Applier):
    """People by the shop's id, else e-mail, else phone number."""

    def look_up(self, records: Sequence[Record]) -> None:
        """Load who these people may be, with what they said about marketing."""
        told: list[CustomerData] = [record.data.customer for record in records]
        kinds = Identity.Kind
        wanted = (
            Q(kind=kinds.EXTERNAL, store=self.store, value__in={data.external_id for data in told} - {""})
            | Q(kind=kinds.EMAIL, store=None, value__in={email_key(data.email) for data in told} - {""})
            | Q(kind=kinds.PHONE, store=None, value__in={data.phone for data in told} - {""})
        )
        rows = Identity.objects.filter(wanted).select_related("customer")
        self.people: dict[tuple[str, str], Customer] = {(row.kind, row.value): row.customer for row in rows}
        self.said: dict[int, dict[str, Consent]] = {}
        ids = {customer.pk for customer in self.people.values()}
        for consent in Consent.objects.filter(customer__in=ids, purpose=Consent.Purpose.MARKETING):
            self.said.setdefault(consent.customer_id, {})[consent.channel] = consent

    def _keys(self, data: CustomerData) -> list[tuple[str, str]]:
        """Return what names the person, strongest first, as `resolve_customer` matches."""
        keys = [
            (Identity.Kind.EXTERNAL.value, data.external_id),
            (Identity.Kind.EMAIL.value, email_key(data.email)),
        ]
        if not data.email:
            keys.append((Identity.Kind.PHONE.value, data.phone))
        return [key for key in keys if key[1]]

    def _known(self, data: CustomerData) -> Customer | None:
        return next((self.people[key] for key in self._keys(data) if key in self.people), None)

    def _when(self, record: Record) -> datetime:
        return record.changed_at or self.as_of

    def _consents(self, record: Record, customer: Customer | None) -> tuple[ConsentData, ...]:
        """
        Return what is news about marketing.

        A yes without its time counts only where nothing was said before: it may be older than a later no. A
        no without its time counts from the time of the file.
        """
        held = self.said.get(customer.pk, {}) if customer else {}
        news = []
        for told in record.data.customer.consents:
            known = held.get(told.channel)
            if known and told.said_at is None and (told.granted or not known.granted):
                continue
            at = told.said_at or self._when(record)
            if known is None or at > known.said_at:
                news.append(replace(told, said_at=at))
        return tuple(news)

    def judge(self, record: Record) -> Outcome:
        """New, changed, or as they are here."""
        data: CustomerData = record.data.customer
        customer = self._known(data)
        if customer is None:
            return Outcome.CREATED
        made = version(self._when(record), record.digest)
        news = any(
            value and value != getattr(customer, name) and made > customer.versions.get(name, "")
            for name in DETAILS
            if (value := getattr(data, name).strip())
        )
        unnamed = any(key not in self.people for key in self._keys(data))
        return Outcome.UPDATED if news or unnamed or self._consents(record, customer) else Outcome.UNCHANGED

    def apply(self, record: Record) -> None:
        """Find or make the person, and write down what is new."""
        told: CustomerRow = record.data
        consents = self._consents(record, self._known(told.customer))
        made = version(self._when(record), record.digest)
        resolve_customer(
            data=person(replace(told.customer, consents=consents, version=made), version=made),
            store=self.store,
            source=(told.source or self.source)[:120],
            at=self.at,
        )
