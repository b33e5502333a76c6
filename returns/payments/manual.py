"""Money that comes by another way: a bank transfer, cash. A person says when it is there."""

from typing import ClassVar

from returns.payments.base import PaymentProvider


class Manual(PaymentProvider):
    """Nobody to be asked."""

    code: ClassVar[str] = "manual"
    label: ClassVar[str] = "By hand"
    online: ClassVar[bool] = False
