"""Forms of the page that buys a label: addresses, the parcel, what is in it."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

from tracking.labels.base import CustomsItem, LabelRequest, Paper, Party, Rate
from tracking.models import CarrierAccount, Label, Order, OrderLine
from tracking.services.label_requests import (
    contents_of,
    customs_of,
    label_accounts,
    not_packed,
    sender_of,
    shopper_of,
    weight_of,
)

DIRECTIONS = (
    (Label.Direction.OUTBOUND, "To the shopper"),
    (Label.Direction.RETURN, "Back to the store"),
)


class PartyForm(forms.Form):
    """One end of the way."""

    name = forms.CharField(max_length=80, required=False)
    company = forms.CharField(max_length=80, required=False)
    lines = forms.CharField(
        max_length=300, required=False, label="Street", widget=forms.Textarea({"rows": 2}), strip=True
    )
    postcode = forms.CharField(max_length=20, required=False)
    city = forms.CharField(max_length=80, required=False)
    region = forms.CharField(max_length=60, required=False, label="State or region")
    country = forms.CharField(max_length=2, help_text="Two letters, e.g. US.")
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(required=False, label="E-mail")

    @staticmethod
    def told(party: Party) -> dict[str, str]:
        """Return a party as the form's first values."""
        values = {name: getattr(party, name) for name in PartyForm.base_fields}
        return values | {"lines": "\n".join(party.lines)}

    def party(self) -> Party:
        """Return what was typed."""
        typed = dict(self.cleaned_data)
        lines = tuple(line.strip() for line in typed.pop("lines").splitlines() if line.strip())
        return Party(**{**typed, "country": typed["country"].upper()}, lines=lines)


class LineForm(forms.Form):
    """One line of the order: how many of it are in the parcel, and what customs want to know."""

    quantity = forms.IntegerField(min_value=0, max_value=9999, label="How many")
    hs_code = forms.CharField(max_length=16, required=False, label="Tariff code")
    origin_country = forms.CharField(max_length=2, required=False, label="Made in")

    def __init__(self, *args: Any, line: OrderLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line = line
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {line.title}"


class ParcelForm(forms.Form):
    """The parcel and who takes it."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    account = forms.ModelChoiceField(queryset=CarrierAccount.objects.none(), label="Bought through")
    weight_g = forms.IntegerField(min_value=1, max_value=70_000, label="Weight in grams")
    length_mm = forms.IntegerField(min_value=0, max_value=3000, required=False, label="Length in mm")
    width_mm = forms.IntegerField(min_value=0, max_value=3000, required=False, label="Width in mm")
    height_mm = forms.IntegerField(min_value=0, max_value=3000, required=False, label="Height in mm")
    reference = forms.CharField(max_length=35, required=False, help_text="Printed on the label.")
    paper = forms.ChoiceField(
        choices=[(Paper.LABEL.value, "Label, 4 × 6 in"), (Paper.A4.value, "A4")],
        help_text="For sellers of one size only; others give both.",
    )
    qr = forms.BooleanField(required=False, label="Also a code for handing it in without a printer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [account.pk for account in label_accounts()]
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (declared above)
        field.queryset = CarrierAccount.objects.filter(pk__in=keys).order_by("pk")
        field.empty_label = None


@dataclass
class BuyForms:
    """All forms of the page for one order and direction."""

    order: Order
    direction: str
    parcel: ParcelForm
    sender: PartyForm
    recipient: PartyForm
    lines: list[LineForm]

    @property
    def is_return(self) -> bool:
        """Whether it goes back to the store."""
        return self.direction == Label.Direction.RETURN

    def is_valid(self) -> bool:
        """Check all of them."""
        return all(form.is_valid() for form in (self.parcel, self.sender, self.recipient, *self.lines))

    def chosen(self) -> list[tuple[OrderLine, int]]:
        """Return the lines that are in the parcel."""
        counted = [(form.line, int(form.cleaned_data["quantity"])) for form in self.lines]
        return [(line, count) for line, count in counted if count]

    def request(self, choice: str = "") -> LabelRequest:
        """Return what was filled in, with the service and the price that were chosen (`choice_of`)."""
        typed = self.parcel.cleaned_data
        chosen = self.chosen()
        sides: dict[str, Any] = {name: typed[name] or 0 for name in ("length_mm", "width_mm", "height_mm")}
        return LabelRequest(
            from_=self.sender.party(),
            to=self.recipient.party(),
            weight_g=typed["weight_g"],
            **_chosen(choice),
            is_return=self.is_return,
            reference=typed["reference"],
            currency=self.order.currency,
            customs=self._customs(chosen),
            contents=contents_of(chosen),
            qr=typed["qr"],
            paper=Paper(typed["paper"]),
            **sides,
        )

    def _customs(self, chosen: Sequence[tuple[OrderLine, int]]) -> tuple[CustomsItem, ...]:
        told = {form.line.pk: form.cleaned_data for form in self.lines}
        items = customs_of(chosen, self.order.currency, origin=self.order.store.country)
        return tuple(
            CustomsItem(
                **{
                    **vars(item),
                    "hs_code": told[line.pk]["hs_code"],
                    "origin_country": (told[line.pk]["origin_country"] or item.origin_country).upper(),
                }
            )
            for (line, _), item in zip(chosen, items, strict=True)
        )


def choice_of(rate: Rate) -> str:
    """Return a service with its price, as the page hands it back."""
    return f"{rate.amount_minor} {rate.currency} {rate.service}"


def _chosen(choice: str) -> dict[str, Any]:
    match = re.fullmatch(r"(\d{1,15}) ([A-Z]{3}) (.+)", choice)
    if match is None:
        return {"service": choice}
    return {"service": match[3], "most_minor": int(match[1]), "most_currency": match[2]}


def forms_for(request: HttpRequest, order: Order, direction: str) -> BuyForms:
    """Return the page's forms, filled from the order or with what was sent."""
    data = request.POST if request.method == "POST" else None
    accounts = label_accounts()
    account = accounts[0] if accounts else None
    going_back = direction == Label.Direction.RETURN
    store, shopper = sender_of(order.store, account), shopper_of(order)
    ends = (shopper, store) if going_back else (store, shopper)
    left = dict(not_packed(order)) if not going_back else {}
    lines = order.lines.filter(requires_shipping=True).select_related("variant").order_by("position", "pk")
    packing = [(line, line.quantity if going_back else left.get(line, 0)) for line in lines]
    first = {
        "token": uuid.uuid4(),
        "account": account,
        "weight_g": weight_of([(line, count) for line, count in packing if count]),
        "reference": order.number[:35],
        "qr": False,
        "paper": Paper.LABEL.value,
    }
    return BuyForms(
        order,
        direction,
        ParcelForm(data, initial=first),
        PartyForm(data, prefix="from", initial=PartyForm.told(ends[0])),
        PartyForm(data, prefix="to", initial=PartyForm.told(ends[1])),
        [
            LineForm(data, prefix=f"line-{line.pk}", initial={"quantity": count}, line=line)
            for line, count in packing
        ],
    )
