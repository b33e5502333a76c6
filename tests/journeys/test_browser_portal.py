"""
The shopper's pages in a real Chromium: every state, both schemes, with and without scripts, by keyboard
alone.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.tracking import scenes
from tracking import access
from tracking.carriers.base import ScanData
from tracking.models import AccessCode
from tracking.services import add_scans
from tracking.vocabulary import Status

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BUDGET = 60_000  # bytes of HTML, style sheets and scripts, uncompressed
SCRIPT_BUDGET = 10_000
ALL = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
IN_FULL = ("in_transit", "two_parcels", "late")


def address(order, purpose="act") -> str:
    return f"/o/{access.token(access.link_for(order, purpose, at=timezone.now()))}/"


@pytest.fixture
def order(db):
    return scenes.in_transit(timezone.now())


@pytest.mark.parametrize("scene", scenes.SCENES)
def test_every_state_is_sound(open_page, scene):
    path = address(scenes.SCENES[scene](timezone.now()))
    odd = list(scenes.SCENES).index(scene) % 2
    for width, scheme in ALL if scene in IN_FULL else (ALL[odd], ALL[3 - odd]):
        opened = open_page(path, width=width, scheme=scheme, again=True)

        assert opened.problems() == [], (width, scheme)
        assert opened.axe() == [], (width, scheme)
        assert opened.overflow() == 0
        assert opened.small_targets() == []
        assert opened.seen.total <= BUDGET
        assert (
            sum(size for path, size in opened.seen.sizes().items() if path.endswith(".js")) <= SCRIPT_BUDGET
        )


@pytest.mark.parametrize(("width", "scheme"), ALL)
def test_the_pages_around_it_are_sound(open_page, order, width, scheme):
    for path in ("/", address(order, "share"), "/account/login/", "/account/signup/", "/account/login/code/"):
        opened = open_page(path, width=width, scheme=scheme, again=True)
        assert (opened.problems(), opened.axe(), opened.overflow(), opened.small_targets()) == (
            [],
            [],
            0,
            [],
        ), path


def test_axe_and_the_collectors_do_find_what_is_wrong(open_page, order):
    opened = open_page(address(order))
    opened.page.evaluate("document.querySelector('#share-start').textContent = ''")
    opened.page.evaluate("document.body.setAttribute('style', 'width: 5000px')")
    opened.page.evaluate("fetch('http://127.0.0.1:9/').catch(() => {})")

    assert any(line.startswith("button-name") for line in opened.axe())
    assert any("style-src" in line for line in opened.problems()), "the policy is on while axe runs"
    assert any("connect-src" in line for line in opened.problems())


@pytest.mark.parametrize("scene", ["german", "two_parcels", "late", "gift"])
def test_it_reflows_at_320_pixels_and_with_wide_text(open_page, scene):
    opened = open_page(address(scenes.SCENES[scene](timezone.now())), width=320)
    assert opened.overflow() == 0

    for element in ("p", "li", "h1", "h2", "a", "button", "dd", "dt", "small"):
        opened.page.evaluate(
            """(name) => document.querySelectorAll(name).forEach((el) => {
              el.style.lineHeight = "1.5"; el.style.letterSpacing = "0.12em"; el.style.wordSpacing = "0.16em";
            })""",
            element,
        )
    assert opened.overflow() == 0


def test_the_first_screen_of_a_small_phone_answers_when(open_page, order):
    page = open_page(address(order), width=360, height=640).page

    for part in (".hero .pill", "#when", ".hero__why"):
        box = page.locator(part).bounding_box()
        assert box and box["y"] + box["height"] < 640, part


def test_a_screen_reader_hears_status_and_answer_first(open_page, order):
    page = open_page(address(order)).page
    tree = [line.strip() for line in page.locator("main").aria_snapshot().splitlines()]

    spoken = "\n".join(tree[:6])
    assert "On its way" in spoken
    assert re.search(r'heading "Arrives \w+, \w+ \d+" \[level=1\]', spoken)
    assert page.locator("[aria-current=step]").inner_text().startswith("On its way")
    assert page.locator("main h1").count() == 1


def test_forced_colours_and_reduced_motion_keep_the_meaning(open_page):
    path = address(scenes.late(timezone.now()))
    opened = open_page(path, forced_colors="active", reduced_motion="reduce")

    assert opened.axe() == []
    assert (
        opened.page.locator(".button").first.evaluate("el => getComputedStyle(el).transitionDuration")
        == "0s, 0s"
    )
    shape = opened.page.locator(".hero .pill").evaluate("el => getComputedStyle(el, '::before').clipPath")
    assert shape.startswith("polygon"), "a warning has its own shape"


def test_print_keeps_the_facts_and_drops_the_buttons(open_page, order):
    page = open_page(address(order)).page
    page.emulate_media(media="print")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("12 Analytical Way")).to_be_visible()
    assert page.locator(".button:visible, nav:visible").count() == 0


def test_the_keyboard_reaches_everything_and_focus_is_seen(open_page, order):
    page = open_page(address(order), width=1280).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    reached, wanted = [], page.locator("main :is(a[href], button, summary, input):visible").count()
    for _press in range(wanted):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const el = document.activeElement, box = el.getBoundingClientRect();
              const style = getComputedStyle(el);
              const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
              const width = parseFloat(style.outlineWidth);
              return [el.outerHTML.slice(0, 80), style.outlineStyle, width, el.contains(top)];
            }"""
        )
        reached.append(focused[0])
        assert focused[1] == "solid" and focused[2] >= 2, focused
        assert focused[3], f"covered: {focused}"

    assert len(set(reached)) == wanted


# --- journeys


@pytest.mark.parametrize("js", [True, False])
def test_look_up_then_code_then_share(open_page, order, js):
    opened = open_page("/", js=js)
    page = opened.page
    page.get_by_label("Order number").fill("#1042")
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_role("button", name="Find my order").click()
    expect(page.get_by_role("alert")).to_contain_text("We find no order with this number and this address")
    expect(page.get_by_role("alert")).to_be_focused()

    page.get_by_label("E-mail address").fill(order.email)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Arrives")
    assert order.email not in page.url and "1042" not in page.url
    expect(page.get_by_text("12 Analytical Way")).to_have_count(0)

    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill("12")
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_text("This code does not work.")).to_be_visible()
    page.get_by_label("Code").fill(access.digits(AccessCode.objects.get()))
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_text("12 Analytical Way")).to_be_visible()

    page.get_by_role("button", name="Make a share link").click()
    shared = page.get_by_label("Your share link").input_value()
    assert opened.problems() == []
    guest = open_page(shared.split("/", 3)[3].join(["/", ""]), js=js)
    expect(guest.page.get_by_role("heading", level=1)).to_contain_text("Arrives")
    expect(guest.page.get_by_text("Brass lantern")).to_have_count(0)
    assert guest.problems() == []


@pytest.mark.parametrize("js", [True, False])
def test_the_language_can_be_chosen(open_page, order, js):
    page = open_page(address(order), js=js).page
    page.get_by_role("button", name="Deutsch").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Kommt am")
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_without_scripts_nothing_useless_is_offered(open_page, order):
    page = open_page(address(order), js=False).page

    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    expect(page.get_by_role("link", name="Refresh")).to_be_visible()
    expect(page.get_by_text("Times: ")).to_be_visible()
    page.locator("summary").click()
    expect(page.get_by_text("Label made")).to_be_visible()


# --- what the script adds


def move_on(order, status=Status.OUT_FOR_DELIVERY) -> None:
    now = timezone.now()
    scan = ScanData(status=status, at=now - timedelta(minutes=1), place=scenes.PORTLAND)
    add_scans(shipment_id=order.shipments.get().pk, scans=[scan], source="easypost", at=now)


def test_news_arrives_by_itself_is_announced_and_disturbs_nobody(open_page, order):
    opened = open_page()
    page = opened.page
    page.clock.install()
    page.goto(f"http://{opened.seen.host}{address(order)}")
    page.locator("summary").click()
    page.locator("#parcel-1-carrier").focus()
    page.evaluate("window.mark = document.querySelector('main h1')")

    with page.expect_response(lambda answer: answer.status == 304):
        page.clock.fast_forward(31_000)
    assert page.evaluate("window.mark.isConnected"), "nothing new, nothing touched"

    move_on(order, Status.ATTEMPTED)
    with page.expect_response(lambda answer: answer.status == 200):
        page.clock.fast_forward(31_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("UPS tried to deliver")
    expect(page.locator("#said")).to_have_text("News on this order: UPS tried to deliver")
    assert page.locator("#parcel-1-earlier").get_attribute("open") is not None
    expect(page.locator("#parcel-1-carrier")).to_be_focused()
    assert page.title().startswith("UPS tried to deliver")
    assert opened.problems() == []


def test_a_hidden_page_does_not_ask_and_catches_up_when_seen(open_page, order):
    opened = open_page()
    page = opened.page
    page.clock.install()
    page.goto(f"http://{opened.seen.host}{address(order)}")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/o/" in request.url else None)
    see = """(state) => {
      Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
      document.dispatchEvent(new Event('visibilitychange')); }"""

    page.evaluate(see, "hidden")
    page.clock.fast_forward(120_000)
    assert asked == []

    move_on(order)
    page.evaluate(see, "visible")
    expect(page.locator(".hero .pill")).to_have_text("Out for delivery")


def test_a_server_that_is_away_is_asked_again(open_page, order):
    opened = open_page()
    page = opened.page
    page.clock.install()
    page.goto(f"http://{opened.seen.host}{address(order)}")
    page.route("**/o/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(31_000)
    page.unroute("**/o/**")
    move_on(order)

    with page.expect_response(lambda answer: answer.status == 200):
        page.clock.fast_forward(31_000)
    expect(page.locator(".hero .pill")).to_have_text("Out for delivery")


def test_times_are_told_in_the_readers_own_zone(open_page, order):
    path = address(order)
    here, there = (open_page(path, timezone_id=zone).page for zone in ("America/Los_Angeles", "Asia/Tokyo"))
    plain = open_page(path, js=False).page

    hours = [
        page.locator(".hero__why time").first.inner_text().replace("\u202f", " ")
        for page in (here, there, plain)
    ]
    assert hours[0] == hours[2] == "10 AM", "script and server agree in the store's own zone"
    assert re.fullmatch(r"[23] AM", hours[1])
    expect(there.get_by_text("Times are in your own time zone.")).to_be_visible()
    whens = [
        page.locator(".timeline small").first.inner_text().replace("\u202f", " ") for page in (here, plain)
    ]
    assert whens[0] == whens[1]


def test_the_number_is_copied_at_a_click(open_page, order, live_server):
    page = open_page(address(order), permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("#parcel-1-copy").click()

    expect(page.locator("#parcel-1-copy")).to_have_text("Copied")
    expect(page.locator("#said")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == order.shipments.get().tracking_number
