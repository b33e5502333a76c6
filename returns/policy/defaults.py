"""The house's policy: what holds in a store that has published none, and what a new draft begins with."""

from returns.policy.base import Body, Condition, Fee, Rule, Terms
from returns.vocabulary import Method, Outcome, Reason

FINAL_SALE = "final-sale"
WINDOW_DAYS = 30  # from delivery: product.md §2

BASE = Terms(
    allow=True,
    window_days=WINDOW_DAYS,
    window_from="delivery",
    fee=Fee(),
    free_over_minor=0,
    outcomes=(Outcome.REFUND.value, Outcome.EXCHANGE.value, Outcome.CREDIT.value),
    methods=(Method.LABEL.value, Method.QR.value, Method.OWN.value),
    photo=False,
    keep_under_minor=0,
    credit_bonus_bp=0,
    exchange_bonus_bp=0,
    review=False,
    refund_shipping="ours",
)
HOUSE = Body(
    base=BASE,
    rules=(
        Rule(
            code=FINAL_SALE,
            name="Final sale",
            when=(Condition("product.tag", "is", FINAL_SALE),),
            then=Terms(allow=False, refuse=""),
        ),
        Rule(
            code="photo",
            name="Photo of what is wrong",
            when=(
                Condition(
                    "reason", "any", (Reason.DEFECTIVE.value, Reason.DAMAGED.value, Reason.WRONG_ITEM.value)
                ),
            ),
            then=Terms(photo=True),
        ),
    ),
)
