"""
What people switch on and off by themselves: marketing per channel, topics, where to first, their language.

Used by the preference centre, the one-click unsubscribe and the words STOP and START of an SMS.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from customers import outbox
from customers.models import Consent, Customer, Identity, Preference, Store
from customers.services import consents
from engagement import events
from engagement.models import Message, PushSubscription, Suppression
from engagement.vocabulary import Channel, Topic

# Where marketing can go at all; our own pages ask for no consent, there the person comes to us.
ASKED = (Channel.EMAIL, Channel.SMS, Channel.PUSH)


@dataclass(frozen=True)
class Choices:
    """All a person can choose. `channels`: where marketing may go; `muted`: topics they do not want."""

    channels: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()
    first: str = ""
    language: str = ""
    born_on: date | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data, for `from_data`."""
        return {
            "channels": sorted(self.channels),
            "muted": sorted(self.muted),
            "first": self.first,
            "language": self.language,
            "born_on": self.born_on.isoformat() if self.born_on else "",
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Choices":
        """Return what `as_data` wrote down."""
        born = data["born_on"]
        return cls(
            channels=frozenset(data["channels"]),
            muted=frozenset(data["muted"]),
            first=data["first"],
            language=data["language"],
            born_on=date.fromisoformat(born) if born else None,
        )


def choices_of(customer: Customer) -> Choices:
    """Return what stands for `customer` now: two queries."""
    granted = Consent.objects.filter(customer=customer, purpose=consents.MARKETING, granted=True)
    row = Preference.objects.filter(customer=customer).first()
    return Choices(
        channels=frozenset(granted.values_list("channel", flat=True)),
        muted=frozenset(topic for topic in (row.muted if row else ()) if topic in Topic.values),
        first=row.channel if row else "",
        language=customer.language,
        born_on=customer.born_on,
    )


def open_channels(customer: Customer) -> list[str]:
    """Return the channels on which marketing could reach `customer` at all, consent aside."""
    found = [Channel.EMAIL] if customer.email else []
    if number_confirmed(customer):
        found.append(Channel.SMS)
    if PushSubscription.objects.filter(customer=customer).exists():
        found.append(Channel.PUSH)
    return [str(channel) for channel in found]


def number_confirmed(customer: Customer) -> bool:
    """Say whether the number we would text is known to be theirs: confirmed by a code, or allowed before."""
    if not customer.phone:
        return False
    own = Identity.objects.filter(
        customer=customer, kind=Identity.Kind.PHONE, value=customer.phone, verified=True
    )
    said = Consent.objects.filter(customer=customer, channel=Channel.SMS, granted=True)
    return own.exists() or said.exists()


@transaction.atomic
def change(
    customer: Customer, wanted: Choices, *, source: str, at: datetime, words: Mapping[str, str] | None = None
) -> Choices:
    """
    Make `wanted` what stands for `customer`. `words`: what they saw per channel, kept with the consent.

    A channel switched off says UNSUBSCRIBED as well. Returns: what stood before.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    before = choices_of(customer)
    for channel in ASKED:
        on = channel in wanted.channels
        if on == (channel in before.channels):
            continue
        if on:
            said = (words or {}).get(channel, "")
            consents.say(customer, channel=channel, granted=True, source=source, words=said, at=at)
        else:
            refuse(customer, channel=channel, source=source, at=at)
    if (wanted.muted, wanted.first) != (before.muted, before.first):
        Preference.objects.update_or_create(
            customer=customer,
            defaults={"muted": sorted(wanted.muted), "channel": wanted.first, "updated_at": at},
        )
    _details(customer, wanted, at)
    return before


def _details(customer: Customer, wanted: Choices, at: datetime) -> None:
    changed = []
    if wanted.language and wanted.language != customer.language:
        customer.language = wanted.language
        # What they told us themselves is newer than what a shop told before.
        customer.versions["language"] = max(at.isoformat(), customer.versions.get("language", ""))
        changed += ["language", "versions"]
    if wanted.born_on != customer.born_on:
        customer.born_on = wanted.born_on
        changed.append("born_on")
    if changed:
        customer.save(update_fields=[*changed, "updated_at"])


@transaction.atomic
def refuse(
    customer: Customer,
    *,
    channel: str,
    source: str,
    at: datetime,
    words: str = "",
    store: Store | None = None,
    message: Message | None = None,
) -> bool:
    """
    End marketing on `channel` at once. Safe to repeat: who is off stays off.

    Returns: whether anything changed. Publishes: CONSENT_SAID and UNSUBSCRIBED when it did.
    """
    if not consents.say(customer, channel=channel, granted=False, source=source, words=words, at=at):
        return False
    outbox.publish(
        events.UNSUBSCRIBED,
        key=f"unsubscribed:{customer.pk}:{channel}:{at.isoformat()}",
        occurred_at=at,
        store=store or (message.store if message else None),
        customer=customer,
        subject=message or customer,
        data={"channel": channel, "message_id": message.pk if message else None},
    )
    return True


@transaction.atomic
def confirm_number(customer: Customer, phone: str, *, source: str, words: str, at: datetime) -> None:
    """
    Keep a number (E.164) whose owner has typed the code we texted to it, and that they want marketing there.

    The number stays with a profile that has it already (one person, two profiles: staff can merge them).
    """
    customer.phone = phone
    customer.versions["phone"] = max(at.isoformat(), customer.versions.get("phone", ""))
    customer.save(update_fields=["phone", "versions", "updated_at"])
    identity, _ = Identity.objects.get_or_create(
        kind=Identity.Kind.PHONE, store=None, value=phone, defaults={"customer": customer}
    )
    if identity.customer_id == customer.pk and not identity.verified:
        Identity.objects.filter(pk=identity.pk).update(verified=True)
    # They read our text: a STOP of before does not speak for them any more.
    Suppression.objects.filter(channel=Channel.SMS, address=phone, reason=Suppression.Reason.STOP).delete()
    consents.say(customer, channel=Channel.SMS, granted=True, source=source, words=words, at=at)


def without(choices: Choices, channels: Iterable[str]) -> Choices:
    """Return `choices` with marketing off on `channels`."""
    return replace(choices, channels=choices.channels - frozenset(channels))
