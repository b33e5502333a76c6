"""Who calls the API, what their key may do, and how often."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from customers import limits
from customers.api.errors import ApiProblem
from customers.models import ApiKey, Partner, Store
from customers.services.partners import find_key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # the framework loads this module while it loads that one

REALM = 'Bearer realm="Porchlight API"'


class Caller:
    """Stands as `request.user` for a partner's system: never a person, never staff."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    pk = None

    def __init__(self, partner: Partner) -> None:
        self.partner = partner

    def __str__(self) -> str:
        return str(self.partner)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer pl_…`. Sets `request.auth` to the ApiKey."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        """
        Return who calls; None without the header. Raises AuthenticationFailed for a key that opens nothing.
        """
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, text = header.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("Send the key as “Authorization: Bearer <key>”.")
        key = find_key(text.strip(), at=timezone.now())
        if key is None:
            raise AuthenticationFailed("This key is not valid: it is misspelled, revoked or past its end.")
        return Caller(key.partner), key

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401 (RFC 6750)."""
        return f'{REALM}, error="invalid_token"' if request.headers.get("Authorization") else REALM


class KeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI schema describes the key."""

    target_class = "customers.api.auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the security scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A partner's key, made with `manage.py create_api_key`. It is shown once.",
        }


def key_of(request: Request) -> ApiKey:
    """Return the key a request came with; for views that HasScope guards."""
    return cast(ApiKey, request.auth)


def stores_of(key: ApiKey) -> QuerySet[Store]:
    """Return the stores that `key` opens: where every API view begins its own query."""
    return Store.objects.all() if key.all_stores else key.stores.all()


def may(request: Request, scope: str) -> bool:
    """Say whether the caller's key has `scope`."""
    return request.auth is not None and scope in key_of(request).scopes


class HasScope(BasePermission):
    """Lets a key do what it was made for. A view without a scope for the method is closed to all."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """
        Compare the key's scopes with `view.scopes`, {method: scope}. Raises ApiProblem 403 naming what is
        missing.
        """
        if request.auth is None:
            return False
        if request.method not in view.allowed_methods:
            return True  # answered with 405 in a moment
        method = "GET" if request.method == "HEAD" else request.method
        needed = getattr(view, "scopes", {}).get(method)
        if needed is None:
            return False
        if needed not in key_of(request).scopes:
            raise ApiProblem(
                "forbidden",
                f"This key has no scope “{needed}”.",
                {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{needed}"'},
            )
        return True


class KeyRate(BaseThrottle):
    """At most API_RATE requests a minute per key, counted where all web processes see it."""

    period: ClassVar[timedelta] = timedelta(minutes=1)

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count this request and leave what is left on `request.rate` for the answer's headers."""
        if request.auth is None:
            return True
        at, seconds = timezone.now(), int(self.period.total_seconds())
        limit = limits.Limit("api", settings.API_RATE, self.period)
        used = limits.count(limit, str(request.auth.pk), at=at)
        self.left_s = seconds - int(at.timestamp()) % seconds
        told = {
            "RateLimit-Policy": f'"key";q={limit.times};w={seconds}',
            "RateLimit": f'"key";r={max(limit.times - used, 0)};t={self.left_s}',
        }
        request.rate = told  # type: ignore[attr-defined]
        return used <= limit.times

    def wait(self) -> float:
        """Return the seconds until the window ends."""
        return self.left_s
