"""What a store may spend on texts in a day: a stranger who makes us text costs it that much at most."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from customers.limits import Limit, count
from customers.models import Store
from customers.services.alerts import raise_alert

DAY = timedelta(hours=24)  # windows begin at midnight UTC


def spend(store_id: int, parts: int, *, at: datetime) -> bool:
    """
    Count `parts` texts of a store before they are handed over. Returns: False when its day's budget
    (SMS_PER_DAY, 0 for none) does not hold them; staff get an alert then, once a day.
    """
    limit = Limit("sms-store-day", settings.SMS_PER_DAY, DAY)
    if not limit.times:
        return True
    used = max((count(limit, str(store_id), at=at) for _ in range(parts)), default=0)
    if used <= limit.times:
        return True
    store = Store.objects.filter(pk=store_id).first()
    if used <= limit.times + parts:
        with transaction.atomic():
            raise_alert(
                kind="engagement.sms_budget",
                key=f"sms-budget:{store_id}:{at:%Y-%m-%d}",
                title=f"{store}: the texts of today are used up",
                detail=f"More than {limit.times} parts were to be sent (SMS_PER_DAY). The rest is not sent.",
                store=store,
                at=at,
            )
    return False
