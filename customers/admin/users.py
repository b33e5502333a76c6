"""Log-ins and what secures them."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin as AllauthEmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest

from config.lib.staff import cells
from config.lib.staff.pages import ReadOnlyAdmin, ReadOnlyRows, StaffAdmin
from customers.models import User


class UserAddForm(AdminUserCreationForm):
    """A new log-in: an e-mail address and, if wanted, a password."""

    class Meta:
        model = User
        fields = ("email",)
        field_classes: dict[str, Any] = {}


class UserChangeForm(DjangoUserChangeForm):
    """A log-in's details; the password is changed on its own page."""

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)
        field_classes: dict[str, Any] = {}


class AddressRows(ReadOnlyRows):
    """The addresses of a log-in and whether they were confirmed."""

    model = EmailAddress
    fields = ("email", "verified", "primary")


@admin.register(User)
class UserAdmin(StaffAdmin, DjangoUserAdmin):  # type: ignore[misc, type-arg]
    """Staff and shoppers who log in."""

    plural = "Log-ins"
    form = UserChangeForm
    add_form = UserAddForm
    list_display = (
        "email",
        "name",
        "is_staff",
        "is_active",
        "customer",
        cells.when("last_login", "Last log-in"),
    )
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    list_select_related = ("customer",)
    search_fields = ("email__istartswith", "first_name__istartswith", "last_name__istartswith")
    search_help_text = "The beginning of an e-mail address or name."
    ordering = ("email",)
    autocomplete_fields = ("customer",)
    readonly_fields = ("last_login", "date_joined")
    inlines = (AddressRows,)
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name", "customer")}),
        ("May do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    @admin.display(description="Name", ordering="last_name")
    def name(self, row: User) -> str:
        """Return first and last name."""
        return row.get_full_name() or cells.EMPTY

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """A log-in that is being added has no addresses yet."""
        return self.inlines if obj else ()


admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)


@admin.register(EmailAddress)
class EmailAddressAdmin(StaffAdmin, AllauthEmailAddressAdmin):  # type: ignore[misc]
    """allauth's list of addresses, with a chooser instead of raw ids."""

    plural = "E-mail addresses of log-ins"
    list_display = ("email", "user", "primary", "verified")
    list_select_related = ("user",)
    raw_id_fields = ()
    autocomplete_fields = ("user",)
    actions = ("make_verified",)
    ordering = ("email",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors. Their secrets are never shown; a lost one is deleted and its owner starts anew."""

    plural = "Second factors"
    list_display = ("user", "type", cells.when("created_at", "Made"), cells.when("last_used_at", "Last used"))
    list_display_links = ("user",)
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email__istartswith",)
    ordering = ("-pk",)
    fieldsets = ((None, {"fields": ("user", "type", "created_at", "last_used_at")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authenticator]:
        """Leave the secrets in the database."""
        return super().get_queryset(request).defer("data")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who may, may delete: that is how a lost second factor is reset."""
        return StaffAdmin.has_delete_permission(self, request, obj)
