"""Factories of who."""

import factory
from factory.django import DjangoModelFactory

from customers.models import Customer, Identity, Partner, Store, User


class StoreFactory(DjangoModelFactory):
    class Meta:
        model = Store
        django_get_or_create = ("slug",)

    slug = "harbour-pine"
    name = "Harbour & Pine"
    platform = Store.Platform.SHOPIFY
    webhook_secret = "shop-secret"
    currency = "USD"
    timezone = "America/New_York"
    language = "en"
    country = "US"
    email_from = "Harbour & Pine <hello@harbour-pine.example>"
    support_email = "help@harbour-pine.example"


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Ada Lovelace{n}")
    email = factory.Sequence(lambda n: f"ada{n}@example.com")
    language = "en"

    @factory.post_generation
    def identity(self, create, extracted, **kwargs):
        if create:
            Identity.objects.create(
                customer=self, kind=Identity.Kind.EMAIL, value=self.email.lower(), verified=True
            )


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    password = factory.django.Password("a long enough password")


class StaffFactory(UserFactory):
    email = factory.Sequence(lambda n: f"staff{n}@example.com")
    is_staff = True
    is_superuser = True


class PartnerFactory(DjangoModelFactory):
    class Meta:
        model = Partner

    slug = factory.Sequence(lambda n: f"partner-{n}")
    name = factory.LazyAttribute(lambda o: o.slug.title())
