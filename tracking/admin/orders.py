"""Orders: the list, and the page that tells one order's whole story."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from config.lib.money import major
from config.lib.staff import cells
from config.lib.staff.lists import recent_values
from config.lib.staff.pages import Hit, NotDone, ReadOnlyAdmin
from tracking import access
from tracking.admin import mirrored, timeline, tones
from tracking.models import Link, Order, OrderLine, Shipment, ShipmentLine
from tracking.services.search import find_orders

STAFF_LINK_LIFE = timedelta(minutes=30)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders mirror the shop: they are changed there. What staff do here are actions."""

    change_form_template = "admin/tracking/order/change_form.html"
    list_display = (
        "number",
        cells.status("status", "Status", tones.ORDER),
        "buyer",
        cells.amount("total_minor", "Total"),
        cells.number("parcels", "Parcels", sorts=False),
        "store",
        cells.when("placed_at", "Placed"),
    )
    list_filter = (
        "status",
        "store",
        "placed_at",
        recent_values("payment_status", "payment"),
        recent_values("currency", "currency"),
    )
    list_select_related = ("store", "customer")
    search_fields = ("number_key",)  # shows the box; what is searched is in get_search_results
    search_help_text = "A whole order number, e-mail address, tracking number, or id in the shop."
    ordering = ("-placed_at",)
    actions = ("end_links", "export_rows")
    buttons = ("open_as_shopper", "end_links")
    fieldsets = ((None, {"fields": ("number",)}),)
    columns = (
        ("Number", lambda o: o.number),
        ("Store", lambda o: o.store.name),
        ("Status", lambda o: o.get_status_display()),
        ("Placed", lambda o: o.placed_at),
        ("Customer", lambda o: o.customer.name if o.customer else ""),
        ("E-mail", lambda o: o.email),
        ("Currency", lambda o: o.currency),
        ("Total", lambda o: f"{major(o.total_minor, o.currency):f}"),
        ("Shipping", lambda o: f"{major(o.shipping_minor, o.currency):f}"),
        ("Tax", lambda o: f"{major(o.tax_minor, o.currency):f}"),
        ("Payment", lambda o: o.payment_status),
        ("City", lambda o: o.ship_to.get("city", "")),
        ("Country", lambda o: o.ship_to.get("country", "")),
        ("Id in the shop", lambda o: o.external_id),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Count the parcels in the same query, for the rows of one page only."""
        current = Shipment.objects.current().filter(order=OuterRef("pk")).order_by()
        counted = current.values("order").annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(parcels=Coalesce(Subquery(counted), 0))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Search by whole words that an index answers."""
        return (queryset.filter(pk__in=find_orders(search_term)) if search_term else queryset), False

    def find(self, request: HttpRequest, words: str) -> list[Hit]:
        """Find orders by number, e-mail, tracking number or id in the shop."""
        keys = find_orders(words, limit=20)
        found = Order.objects.select_related("store", "customer").in_bulk(keys)
        return [
            Hit(
                "Order",
                order.number,
                f"{order.get_status_display()} · {order.customer or order.email} · {order.store}",
                self.address("change", order.pk),
            )
            for order in (found[pk] for pk in keys if pk in found)
        ]

    @admin.display(description="Customer", ordering="customer__name")
    def buyer(self, row: Order) -> str:
        """Return who bought, by name or e-mail."""
        return str(row.customer) if row.customer else row.email or cells.EMPTY

    def export_queryset(self, rows: QuerySet[Order]) -> QuerySet[Order]:
        """Load stores and customers with them."""
        return rows.select_related("store", "customer")

    # --- the page ---

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show lines, parcels and timeline. Messages join in the template: they belong to an upper app."""
        context = dict(extra_context or {})
        order = self.get_object(request, object_id) if request.method == "GET" else None
        if order is not None and self.has_view_permission(request, order):
            context |= self.story(order)
            if request.user.has_perm("tracking.add_label"):
                url = f"{reverse('admin:tracking_label_buy')}?order={order.pk}"
                context["links"] = [*context.get("links", ()), {"label": "Buy a label", "url": url}]
        return super().change_view(request, object_id, form_url, context)

    def story(self, order: Any) -> dict[str, Any]:
        """Return what the page shows of `order`. The template only adds the messages."""
        packed = ShipmentLine.objects.select_related("line")
        shipments = list(
            order.shipments.select_related("account")
            .prefetch_related(Prefetch("lines", packed))
            .order_by("position", "pk")
        )
        lines = list(order.lines.select_related("product", "variant").order_by("position", "pk"))
        living = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        return {
            "lines": [_line(line, order.currency) for line in lines],
            "parcels_shown": [_parcel(shipment) for shipment in shipments if not shipment.is_return],
            "entries": timeline.entries(order, shipments),
            "sums": _sums(order),
            "now": timezone.now(),
            **mirrored.shown(order, lines),
            "living_links": Link.objects.filter(living, order=order).count(),
            "status_pill": cells.pill(order.get_status_display(), tones.ORDER.get(order.status, cells.QUIET)),
        }

    # --- actions ---

    @admin.action(description="Open as the shopper sees it", permissions=["change"])
    def open_as_shopper(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponseBase:
        """Open the shopper's page by a link of its own that ends after 30 minutes; the log says who did."""
        order = queryset.get()
        link = access.link_for(order, Link.Purpose.ACT, at=timezone.now(), life=STAFF_LINK_LIFE)
        self.log_change(request, order, "Opened the page as the shopper sees it.")
        return HttpResponseRedirect(reverse("order", args=[access.token(link)]))

    @admin.action(description="End all links", permissions=["change"])
    def end_links(self, request: HttpRequest, queryset: QuerySet[Order]) -> None:
        """End every link to the orders, those in messages already sent included."""
        at = timezone.now()

        def one(order: Order) -> None:
            if not access.revoke_links(order, at=at):
                raise NotDone("it has no link that opens")

        self.each(request, queryset, one, done="closed to all links")


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    variant, product = line.variant, line.product
    picture = (
        line.image_url or (variant.image_url if variant else "") or (product.image_url if product else "")
    )
    return {"line": line, "picture": picture, "total": cells.sum_of(line.total_minor, currency)}


def _parcel(shipment: Shipment) -> dict[str, Any]:
    status = shipment.get_status_display()
    return {
        "row": shipment,
        "pill": cells.pill(status, tones.PARCEL.get(shipment.status, cells.WARN)),
        "reason": shipment.get_reason_display() if shipment.reason else "",
        "window": window(shipment),
        # Anything else a shop may have sent as an address is not made a link.
        "tracking_url": shipment.tracking_url
        if shipment.tracking_url.startswith(("https://", "http://"))
        else "",
        "lines": list(shipment.lines.all()),
    }


def window(shipment: Shipment) -> str:
    """Return the delivery window in days, as staff read it; '' when there is none."""
    first, last = shipment.eta_from_date, shipment.eta_to_date
    if not last:
        return ""
    if first is None or first == last:
        return cells.day(last)
    return f"{first:%a} {first.day} {first:%b} – {cells.day(last)}"


def _sums(order: Order) -> list[tuple[str, SafeString]]:
    parts = (
        ("Items", order.subtotal_minor),
        ("Discount", -order.discount_minor),
        ("Shipping", order.shipping_minor),
        ("Tax", order.tax_minor),
    )
    return [(label, cells.sum_of(minor, order.currency)) for label, minor in parts if minor] + [
        ("Total", cells.sum_of(order.total_minor, order.currency))
    ]
