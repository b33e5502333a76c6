"""What is told after an order and between orders. Days and hours of docs/built-in-journeys.md."""

from engagement.events import SURVEY_ANSWERED, TIER_REACHED
from engagement.journeys.builtin.definition import (
    Builtin,
    end,
    fact,
    graph,
    message,
    on_date,
    on_event,
    step,
    wait,
)
from engagement.journeys.graph import Dates, OnceFor, Reentry, StepType
from engagement.surveys import LOW
from engagement.vocabulary import Purpose, Topic
from returns.events import SETTLED
from returns.vocabulary import Kind
from tracking.events import ORDER_CANCELLED, ORDER_PLACED

# How long after the last message a new order still counts as what the journey was for.
COUNTS_DAYS = 14
ONCE_A_YEAR = 300  # days; a leap day may move a birthday, nothing moves it by two months
_COUNT = wait("count", days=COUNTS_DAYS)

AFTER_DELIVERY = (
    Builtin(
        "care_tips",
        "Care tips",
        "A day after everything has arrived: the guides for what was bought. Without one nothing is sent.",
        graph(
            on_date(Dates.DELIVERED, offset_days=1, hour=10, once_for=OnceFor.ORDER),
            message("tips", "care_tips"),
            end(),
        ),
        Purpose.MARKETING,
        Topic.TIPS,
    ),
    Builtin(
        "how_is_it",
        "How is it?",
        "Three days after everything has arrived: one question, five answers. At most once in 90 days.",
        graph(
            on_date(Dates.DELIVERED, offset_days=3, hour=10, once_for=OnceFor.ORDER),
            step("ask", StepType.SURVEY, kind="delivery"),
            message("how", "how_is_it"),
            end(),
        ),
        Purpose.MARKETING,
        Topic.REVIEWS,
    ),
    Builtin(
        "goes_well_with",
        "Goes well with it",
        "A week after everything has arrived: what others bought together with it, and is in stock.",
        graph(
            on_date(Dates.DELIVERED, offset_days=7, hour=10, once_for=OnceFor.ORDER),
            message("goods", "goes_well_with"),
            _COUNT,
            end(),
            goals=[ORDER_PLACED],
        ),
        Purpose.MARKETING,
        Topic.NEWS,
    ),
    Builtin(
        "maintenance",
        "Maintenance reminder",
        "When a guide says that something is to be looked after again: how.",
        graph(
            on_date(Dates.MAINTENANCE, hour=10, once_for=OnceFor.ORDER, reentry=Reentry.ALWAYS),
            message("care", "maintenance"),
            end(),
        ),
        Purpose.MARKETING,
        Topic.REMINDERS,
    ),
    Builtin(
        "return_recovery",
        "After a return",
        "Two days after a return is settled: how it went. Not after claims, and not to who gave a gift.",
        graph(
            on_event(
                SETTLED,
                once_for=OnceFor.RETURN,
                rule={
                    "all": [fact("event.kind", "is", Kind.RETURN.value), fact("event.gift", "is_not", True)]
                },
            ),
            wait("rest", days=2, hour=10),
            step("ask", StepType.SURVEY, kind="return"),
            message("how", "return_recovery"),
            end(),
        ),
        Purpose.MARKETING,
        Topic.REVIEWS,
    ),
    Builtin(
        "low_score",
        "Low-score rescue",
        f"Somebody answered {LOW} of 5 or less: says sorry, and that a person will write. The case is opened "
        "with the answer.",
        graph(
            on_event(
                SURVEY_ANSWERED,
                once_for=OnceFor.CUSTOMER,
                reentry=Reentry.AFTER,
                reentry_days=30,
                rule=fact("event.score", "at_most", LOW),
            ),
            wait("think", minutes=10),
            message("sorry", "low_score", lateness_hours=24),
            end(),
        ),
    ),
)

BETWEEN_ORDERS = (
    Builtin(
        "welcome",
        "First-time welcome",
        "The morning after somebody's first order: hello, and where to find things.",
        graph(
            on_event(ORDER_PLACED, once_for=OnceFor.CUSTOMER),
            wait("morning", days=1, hour=10),
            step("first", StepType.BRANCH, rule=fact("profile.orders", "at_most", 1), otherwise="end"),
            message("hello", "welcome"),
            end(),
            exits=[ORDER_CANCELLED],
        ),
        Purpose.MARKETING,
        Topic.OCCASIONS,
    ),
    Builtin(
        "replenishment",
        "Replenishment",
        "On the day somebody usually buys again: what they buy again and again.",
        graph(
            on_date(Dates.REPLENISH, hour=10, reentry=Reentry.AFTER, reentry_days=COUNTS_DAYS),
            message("again", "replenishment"),
            _COUNT,
            end(),
            goals=[ORDER_PLACED],
        ),
        Purpose.MARKETING,
        Topic.REMINDERS,
    ),
    Builtin(
        "win_back",
        "Win-back",
        "120 days after the last order: what might suit. Ten days later, still nothing: a discount code of "
        "their own. One in ten is left out, to see what it brings.",
        graph(
            on_date(Dates.QUIET, offset_days=120, hour=10, reentry=Reentry.AFTER, reentry_days=180),
            step("leave_out", StepType.HOLDOUT, percent=10),
            message("hello", "win_back"),
            wait("ten_days", days=10, hour=10),
            step("code", StepType.OFFER, percent=10, days_valid=30, budget=500),
            message("offer", "win_back_offer"),
            _COUNT,
            end(),
            goals=[ORDER_PLACED],
        ),
        Purpose.MARKETING,
        Topic.NEWS,
    ),
    Builtin(
        "birthday",
        "Birthday",
        "On the morning of their birthday: good wishes and a discount code of their own.",
        graph(
            on_date(Dates.BIRTHDAY, hour=9, reentry=Reentry.AFTER, reentry_days=ONCE_A_YEAR),
            step("code", StepType.OFFER, percent=10, days_valid=30, budget=500),
            message("wishes", "birthday", lateness_hours=15),
            end(),
        ),
        Purpose.MARKETING,
        Topic.OCCASIONS,
    ),
    Builtin(
        "anniversary",
        "Anniversary",
        "Every year on the day of their first order: thank you.",
        graph(
            on_date(Dates.ANNIVERSARY, hour=10, reentry=Reentry.AFTER, reentry_days=ONCE_A_YEAR),
            message("thanks", "anniversary", lateness_hours=14),
            end(),
        ),
        Purpose.MARKETING,
        Topic.OCCASIONS,
    ),
    Builtin(
        "tier_reached",
        "Tier reached",
        "Somebody came into a higher loyalty tier: thank you, with a discount code of their own.",
        graph(
            on_event(TIER_REACHED, once_for=OnceFor.EVENT),
            step("code", StepType.OFFER, percent=10, days_valid=60, budget=200),
            wait("morning", hours=1, hour=10),
            message("thanks", "tier_reached"),
            end(),
        ),
        Purpose.MARKETING,
        Topic.OCCASIONS,
    ),
)

JOURNEYS = (*AFTER_DELIVERY, *BETWEEN_ORDERS)
