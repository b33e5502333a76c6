"""Portal pages about returns. Each part adds its own routes."""

from django.urls import path

from returns.views import account, choosing, claim, confirming, gift, labels, payments, photos, status, wizard
from returns.views.doors import CHANGE, GIFT, OWN

# The four pages on which a return is made, behind each of the doors that lead to them.
DOORS = (
    (OWN, "o/<str:token>/return/"),
    (GIFT, "g/<str:token>/"),
    (CHANGE, "r/<str:token>/change/"),
)
PAGES = (
    ("items", "", wizard.items),
    ("reasons", "reasons/", wizard.reasons),
    ("outcome", "outcome/", choosing.outcome),
    ("confirm", "confirm/", confirming.confirm),
    ("photo", "photo/<uuid:public_id>/", photos.draft_photo),
)

urlpatterns = [
    *(
        path(door + page, view, {"kind": kind}, name=f"{kind}_{name}")
        for kind, door in DOORS
        for name, page, view in PAGES
    ),
    path("account/returns/", account.returns, name="account_returns"),
    path("o/<str:token>/gift/", gift.gift_link, name="gift_link"),
    path("o/<str:token>/claim/<uuid:public_id>/", claim.claim, name="return_claim"),
    path(
        "o/<str:token>/claim/<uuid:public_id>/confirm/",
        claim.confirm_claim,
        name="return_claim_confirm",
    ),
    path("r/<str:token>/", status.status, name="return_status"),
    path("r/<str:token>/cancel/", status.cancel_return, name="return_cancel"),
    path("r/<str:token>/number/", status.number, name="return_number"),
    path("r/<str:token>/send-by.ics", status.calendar, name="return_calendar"),
    path("r/<str:token>/photos/<uuid:public_id>/", photos.photo, name="return_status_photo"),
    path("r/<str:token>/pay/<uuid:public_id>/", payments.pay, name="return_pay"),
    path("r/<str:token>/label.pdf", labels.label_pdf, name="return_label"),
    path("r/<str:token>/qr/", labels.qr_page, name="return_qr"),
    path("r/<str:token>/qr.png", labels.qr_png, name="return_qr_png"),
    path("r/<str:token>/qr.svg", labels.qr_svg, name="return_qr_svg"),
    path("r/<str:token>/slip.pdf", labels.slip_pdf, name="return_slip"),
]
