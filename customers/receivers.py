"""What allauth tells us about log-ins."""

from typing import Any

from allauth.account.models import EmailAddress

from customers.models import User
from customers.services.accounts import attach


def on_login(sender: object, user: User, **kwargs: Any) -> None:
    """Attach the log-in to its customer as soon as its address is proved."""
    attach(user)


def on_confirmed(sender: object, email_address: EmailAddress, **kwargs: Any) -> None:
    """The same for an address that was just proved."""
    attach(email_address.user)
