"""Who the runs of a batch are about: customers, profiles, orders and stores, each asked for once."""

from collections.abc import Iterable

from customers.models import Customer, Event, Store
from engagement.journeys.waiting import Place
from engagement.models import Enrolment, Profile
from engagement.profiles.zones import zone_of
from tracking.models import Order


class People:
    """Rows behind runs, kept for one batch. Asks the database set-wise, and only for what is new."""

    def __init__(self) -> None:
        self.customers: dict[int, Customer | None] = {}
        self.orders: dict[int, Order | None] = {}
        self.stores: dict[int, Store | None] = {}

    def load(self, runs: Iterable[Enrolment]) -> None:
        """Ask for what belongs to `runs` and is not here yet. Three queries at most."""
        rows = list(runs)
        customers = {run.customer_id for run in rows if run.customer_id} - set(self.customers)
        if customers:
            found = Customer.objects.select_related("profile").in_bulk(customers)
            self.customers.update({pk: found.get(pk) for pk in customers})
        orders = {run.order_id for run in rows if run.order_id} - set(self.orders)
        if orders:
            wanted = ("store", "customer", "ship_to", "placed_at", "language", "email", "phone")
            known = Order.objects.only(*wanted).in_bulk(orders)
            self.orders.update({pk: known.get(pk) for pk in orders})
        stores = {run.store_id for run in rows if run.store_id} - set(self.stores)
        if stores:
            there = Store.objects.in_bulk(stores)
            self.stores.update({pk: there.get(pk) for pk in stores})
        for order in self.orders.values():
            if order is not None and (store := self.stores.get(order.store_id)):
                order.store = store

    def load_events(self, runs: Iterable[Enrolment]) -> None:
        """Put the events that began `runs` where `run.event` finds them. One query at most."""
        rows = [run for run in runs if run.event_id and "event" not in run._state.fields_cache]
        found = Event.objects.in_bulk({run.event_id for run in rows if run.event_id}) if rows else {}
        for run in rows:
            run.event = found.get(run.event_id or 0)

    def customer(self, run: Enrolment) -> Customer | None:
        """Return the customer of a loaded run."""
        return self.customers.get(run.customer_id) if run.customer_id else None

    def order(self, run: Enrolment) -> Order | None:
        """Return the order of a loaded run."""
        return self.orders.get(run.order_id) if run.order_id else None

    def store(self, run: Enrolment) -> Store | None:
        """Return the store of a loaded run."""
        return self.stores.get(run.store_id) if run.store_id else None

    def profile(self, run: Enrolment) -> Profile | None:
        """Return the profile of a loaded run's customer, None where there is none yet."""
        customer = self.customer(run)
        found = customer._state.fields_cache.get("profile") if customer else None
        return found if isinstance(found, Profile) else None

    def place(self, run: Enrolment) -> Place:
        """Return where the person of a loaded run is."""
        order, store, profile = self.order(run), self.store(run), self.profile(run)
        to = order.ship_to if order else {}
        country = str(to.get("country") or "") or (profile.country if profile else "")
        return Place(
            zone=zone_of(self.customer(run), order, store),
            country=country or (store.country if store else ""),
            region=str(to.get("region") or ""),
            best_hour=profile.send_hour if profile else None,
        )
