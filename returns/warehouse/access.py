"""Who may use the station: a right of its own, so that a helper at the dock sees nothing else."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from customers.models import User

USE, LEAD = "returns.use_warehouse", "returns.lead_warehouse"

View = Callable[..., HttpResponse]


def station_view(view: View) -> View:
    """
    Let in who has the right; ask strangers to log in; to everybody else there is no such page (404).

    Staff words are English, whatever the browser asks for.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            safe = request.method in ("GET", "HEAD")
            return redirect_to_login(request.get_full_path() if safe else reverse("warehouse"))
        if not request.user.has_perm(USE):
            raise Http404
        translation.activate("en")
        return view(request, *args, **kwargs)

    return guarded


def user_of(request: HttpRequest) -> User:
    """Return who is at the station. Only for views behind `station_view`."""
    assert isinstance(request.user, User)  # noqa: S101 (station_view let nobody else in)
    return request.user


def leads(user: User) -> bool:
    """Say whether somebody may take over parcels and correct what was inspected."""
    return user.has_perm(LEAD)
