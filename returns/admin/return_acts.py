"""What a person does to one return: each a button, or a form that asks what has to be said."""

from collections.abc import Callable
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from config.lib.money import BadMoney, Money, minor
from config.lib.staff.pages import NotDone, ReadOnlyAdmin
from customers.models import User
from returns.admin.money_form import form_page
from returns.models import Return
from returns.services import finishing, goodwill, inspection, parcels, receiving, requests, staff
from returns.services.quoting import shipping_left
from returns.services.refusals import Refused
from returns.services.staff import TO_DECIDE
from returns.states import OVER, WITH_SHOPPER, WrongState
from returns.vocabulary import Kind, Method, State

RIGHT, MONEY = "returns.change_return", "returns.change_refund"
WITH_LABEL = (Method.LABEL, Method.QR)


class WordsForm(forms.Form):
    """Words, for the shopper or for staff."""

    words = forms.CharField(
        label="Words",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "class": "vLargeTextField"}),
    )

    def __init__(self, data: Any, label: str, hint: str = "") -> None:
        super().__init__(data)
        self.fields["words"].label, self.fields["words"].help_text = label, hint


class NumberForm(forms.Form):
    """The number of a parcel whose label was made elsewhere."""

    number = forms.CharField(label="Tracking number", max_length=80)
    carrier = forms.CharField(
        label="Carrier’s code", max_length=40, required=False, help_text="Empty: told from the number."
    )


class ShippingForm(forms.Form):
    """How much of the order's shipping goes back."""

    amount = forms.CharField(label="Shipping to give back, in all", max_length=20)

    def __init__(self, data: Any, ret: Return) -> None:
        super().__init__(data)
        self.currency = ret.currency
        most = ret.shipping_minor + shipping_left(ret.order)
        self.fields["amount"].help_text = f"Up to {Money(most, ret.currency)}."

    def clean_amount(self) -> int:
        """Return the sum in minor units."""
        try:
            return minor(self.cleaned_data["amount"].strip(), self.currency)
        except BadMoney as exc:
            raise forms.ValidationError("Enter an amount, e.g. 4.90.") from exc


class Acts(ReadOnlyAdmin):
    """Buttons and forms of a return's page."""

    def has_money_permission(self, request: HttpRequest) -> bool:
        """Ask for the right to deal with money."""
        return request.user.has_perm(MONEY)

    def buttons_for(self, request: HttpRequest, row: Any) -> list[str]:
        """Offer what makes sense as it stands."""
        fee = row.fee_minor or row.quote.get("flat_fee_minor")
        troubled = row.state == State.APPROVED and row.method in WITH_LABEL and row.kind == Kind.RETURN
        offered = {
            "approve": row.state in TO_DECIDE,
            "release": row.refund_held,
            "label_again": troubled,
            "nothing_more": row.state == State.RECEIVED and receiving.rest_awaited(row),
            "waive": bool(fee) and row.state not in (State.REJECTED, State.CANCELLED, State.EXPIRED),
            "take_back": row.state in WITH_SHOPPER,
        }
        return [name for name in self.buttons if offered[name]]

    def links_for(self, request: HttpRequest, row: Return) -> list[dict[str, str]]:
        """Return the forms to offer."""
        right = request.user.has_perm(RIGHT)
        money = right and request.user.has_perm(MONEY)
        parcel = row.kind == Kind.RETURN and row.state in (State.APPROVED, State.LABEL_READY)
        offered = (
            ("reject", "Refuse with words", right and row.state in TO_DECIDE),
            ("hold", "Hold the refund", money and not row.refund_held and row.state not in OVER),
            ("parcel", "Enter a tracking number", right and parcel),
            ("shipping", "Give shipping back", money and not row.is_gift and shipping_left(row.order) > 0),
            ("note", "Write a note", right),
        )
        return [{"label": label, "url": self.address(name, row.pk)} for name, label, on in offered if on]

    def act_urls(self) -> list[URLPattern]:
        """Return the addresses of the forms."""
        pages = {
            "reject": self.reject,
            "hold": self.hold,
            "parcel": self.parcel,
            "shipping": self.shipping,
            "note": self.note,
        }
        return [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"returns_return_{name}")
            for name, view in pages.items()
        ]

    def _each(self, request: HttpRequest, rows: Any, one: Callable[[Return], object], done: str) -> None:
        def guarded(row: Return) -> None:
            try:
                one(row)
            except (WrongState, Refused, goodwill.NotGranted) as exc:
                raise NotDone(str(exc)) from exc

        self.each(request, rows, guarded, done=done)

    # --- buttons ---
    @admin.action(description="Approve", permissions=["change"])
    def approve(self, request: HttpRequest, queryset: Any) -> None:
        """Approve what waits for a decision."""
        at, by = timezone.now(), str(request.user)
        self._each(request, queryset, lambda row: requests.approve(row.pk, at=at, by=by), "approved")

    @admin.action(description="Let the refund go", permissions=["money"])
    def release(self, request: HttpRequest, queryset: Any) -> None:
        """Let held money go."""
        at, by = timezone.now(), str(request.user)
        self._each(
            request, queryset, lambda row: requests.release_refund(row.pk, at=at, by=by), "refund let go"
        )

    @admin.action(description="Try the label again", permissions=["change"])
    def label_again(self, request: HttpRequest, queryset: Any) -> None:
        """Ask for the label anew."""
        at, by = timezone.now(), str(request.user)

        def one(row: Return) -> None:
            parcel = parcels.prepare(row.pk, at=at, by=by)
            if parcel is not None and parcel.problem:
                raise NotDone(parcel.problem)

        self._each(request, queryset, one, "label asked for")

    @admin.action(description="Let go of the fee", permissions=["money"])
    def waive(self, request: HttpRequest, queryset: Any) -> None:
        """Take the fee off."""
        at, by = timezone.now(), cast(User, request.user)
        self._each(request, queryset, lambda row: goodwill.waive_fee(row.pk, by=by, at=at), "fee let go")

    @admin.action(description="Cancel for the shopper", permissions=["change"])
    def take_back(self, request: HttpRequest, queryset: Any) -> None:
        """Cancel it as the shopper could."""
        at, by = timezone.now(), str(request.user)
        self._each(request, queryset, lambda row: requests.cancel(row.pk, at=at, by=by), "cancelled")

    @admin.action(description="Nothing more comes", permissions=["change"])
    def nothing_more(self, request: HttpRequest, queryset: Any) -> None:
        """End the wait for what was to come in another parcel."""
        at, by = timezone.now(), cast(User, request.user)

        def one(row: Return) -> None:
            try:
                finishing.nothing_more(row.pk, by=by, at=at)
            except inspection.Refused as exc:
                raise NotDone(str(exc)) from exc

        self._each(request, queryset, one, "settled with what is here")

    # --- forms ---
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for words to the shopper, then refuse it."""

        def do(row: Return, told: dict[str, Any]) -> str:
            try:
                requests.reject(row.pk, words=told["words"], at=timezone.now(), by=str(request.user))
            except (WrongState, ValueError) as exc:
                raise NotDone(f"Not refused: {exc}") from exc
            return f"Refused: {row.number}. Told the shopper: “{told['words']}”"

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: WordsForm(data, "Why, for the shopper", _reads(row)),
            do=do,
            title="Refuse this return",
            explained="The shopper gets these words by e-mail and on the page of their return. They cannot "
            "be taken back.",
        )

    def hold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why, then hold its money."""
        self._money_only(request)

        def do(row: Return, told: dict[str, Any]) -> str:
            try:
                staff.hold_refund(row.pk, words=told["words"], by=str(request.user), at=timezone.now())
            except staff.NotHeld as exc:
                raise NotDone(f"Not held: {exc}") from exc
            return f"Refund of {row.number} held: {told['words']}"

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: WordsForm(data, "Why, for your colleagues"),
            do=do,
            title="Hold the refund",
            explained="No more money goes back until somebody lets it go. The shopper is not told why.",
        )

    def parcel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a parcel's number, then follow it."""

        def do(row: Return, told: dict[str, Any]) -> str:
            number, at = told["number"].strip(), timezone.now()
            try:
                parcels.enter_number(
                    row.pk, number=number, carrier=told["carrier"].strip(), at=at, by=str(request.user)
                )
            except parcels.NotEntered as exc:
                raise NotDone(f"Not entered: {exc}") from exc
            return f"Parcel {number} is followed for {row.number}."

        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: NumberForm(data),
            do=do,
            title="Enter a tracking number",
            explained="For a label that was made elsewhere. The parcel is followed like any other.",
        )

    def shipping(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask how much shipping goes back, then grant it."""
        self._money_only(request)

        def do(row: Return, told: dict[str, Any]) -> str:
            by, at = cast(User, request.user), timezone.now()
            try:
                goodwill.give_shipping(row.pk, told["amount"], by=by, at=at)
            except goodwill.NotGranted as exc:
                raise NotDone(f"Not granted: {exc}") from exc
            return f"{Money(told['amount'], row.currency)} of the shipping goes back with {row.number}."

        return form_page(
            self,
            request,
            object_id,
            form=ShippingForm,
            do=do,
            title="Give shipping back",
            explained="A part of what was paid for shipping goes back with this return, whatever the policy "
            "says.",
        )

    def note(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a note, which stands in the return's story."""
        return form_page(
            self,
            request,
            object_id,
            form=lambda data, row: WordsForm(data, "Note for your colleagues"),
            do=lambda row, told: f"Note: {told['words']}",
            title="Write a note",
            explained="It stands in what happened, with your name. The shopper never sees it.",
        )

    def _money_only(self, request: HttpRequest) -> None:
        if not self.has_money_permission(request):
            raise PermissionDenied


def _reads(row: Return) -> str:
    """Say which language the shopper reads."""
    try:
        name = Locale.parse(row.language.replace("-", "_")).get_display_name("en") if row.language else ""
    except (UnknownLocaleError, ValueError):
        name = row.language
    return f"The shopper reads {name}." if name else "Nobody has told which language the shopper reads."
