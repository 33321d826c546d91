"""The pages in a real browser: nothing that axe finds, no error on the console, nothing wider than a telephone."""

import re
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Page

from tests.browsing import NEEDED
from tests.pages.test_markup import HALFWAY, OUTSIDE, PAGES, REVIEW, WITH_APP, client_of, filled, halfway, keeper, keys

#: What is not violated is left behind in the page; telling it here would take as long as finding it.
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"

pytestmark = NEEDED


@pytest.fixture
def prepared(live_server: Any, sample: Any, lawyer: Any, reader: Any, settings: Any) -> tuple[str, str, dict[str, str]]:
    """Return the server's address, the session of a lawyer, and the keys in the addresses; the register is opened."""
    settings.PUBLIC_REGISTER = True
    return live_server.url, client_of(lawyer).cookies["sessionid"].value, keys(sample, lawyer, reader)


@pytest.fixture
def others(officer: Any) -> dict[str, str]:
    """Return the sessions in which the pages are looked at that the lawyer does not see, by address."""
    sessions = {HALFWAY: halfway(officer), WITH_APP: client_of(officer), REVIEW: keeper()}
    sessions |= dict.fromkeys(OUTSIDE, Client())
    return {address: getattr(client.cookies.get("sessionid"), "value", "") for address, client in sessions.items()}


#: Width, palette and language of the windows among which every test run shares the pages out.
WINDOWS = ((1440, "light", "en"), (1440, "dark", "ru"), (390, "light", "kk"), (390, "dark", "en"))
#: Those in which the long trials look at all pages, among them 1280 at 200 per cent.
EVERY = [(640, "light", "ru"), *product((1440, 768, 390), ("light", "dark"), ("en", "ru", "kk"))]


@pytest.mark.parametrize(
    ("width", "scheme", "language", "share"),
    [
        *((*window, slice(number, None, len(WINDOWS))) for number, window in enumerate(WINDOWS)),
        *(pytest.param(*window, slice(None), marks=pytest.mark.soak) for window in EVERY),
    ],
    ids=lambda value: "" if isinstance(value, slice) else str(value),
)
def test_every_page_in_the_browser(prepared, others, browser, width, scheme, language, share):
    server, session, known = prepared
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_cookies([{"name": "django_language", "value": language, "url": server}])
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: faults.append(request.url) if foreign(request.url, server) else None)
    for address in (*PAGES, *others)[share]:
        context.clear_cookies(name="sessionid")
        context.add_cookies([{"name": "sessionid", "value": others.get(address, session), "url": server}])
        answer = page.goto(server + filled(address, known))
        assert answer
        expected = [f"status of {answer.status}"] if answer.status >= 400 else []
        violations = page.evaluate(VIOLATIONS)

        assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in violations] == [], address
        assert overflow(page) <= 0, address
        assert len(faults) == len(expected), (address, faults)
        faults.clear()


def foreign(address: str, server: str) -> bool:
    """Whether an address leads to another host."""
    return urlsplit(address).scheme.startswith("http") and urlsplit(address).netloc != urlsplit(server).netloc


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_what_needs_a_push_stands_one_below_the_other_on_a_telephone(prepared, browser):
    server, session, _entry = prepared
    context = browser.new_context(viewport={"width": 390, "height": 700})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    page.goto(f"{server}/overview/")
    tables = page.locator(".heads-table--spots")

    assert tables.count() >= 2
    for table in tables.all():
        assert table.evaluate("table => table.scrollWidth - table.parentElement.clientWidth") <= 0
        assert table.locator("td").first.evaluate("cell => getComputedStyle(cell, '::before').content") == '"In hand: "'


@pytest.mark.parametrize(
    ("address", "width", "landscape"),
    [
        ("/reports/participation/?agreement=PEP-4K7Z", 1032, True),
        ("/agreements/PEP-4K7Z/", 703, False),
        ("/meetings/", 703, False),
    ],
)
def test_tables_fit_the_paper_and_nothing_to_press_is_printed(prepared, browser, address, width, landscape):
    server, session, _entry = prepared
    context = browser.new_context(viewport={"width": width, "height": 700})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    page.goto(server + address)
    page.emulate_media(media="print")

    assert overflow(page) <= 0
    assert (
        page.locator(".usa-table").first.evaluate("table => table.scrollWidth - table.parentElement.clientWidth") <= 0
    )
    assert page.locator(".usa-table").first.evaluate("table => getComputedStyle(table).display") == "table"
    shown = "main form, .look-back, .usa-button, nav, .panel > footer, .links, .panel > header > .row"
    assert [item.inner_html() for item in page.locator(shown).all() if item.is_visible()] == []
    paper = page.pdf(prefer_css_page_size=True)
    if address == "/meetings/":
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    width_of, height_of = re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)", paper).groups()
    assert (float(width_of) > float(height_of)) is landscape


def test_the_way_to_a_recorded_step_by_keyboard_alone(prepared, browser):
    """Find the agreement, record a note, and see it, without a mouse and without a script."""
    server, session, _entry = prepared
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    page.goto(f"{server}/agreements/")
    page.locator("#find").focus()
    page.keyboard.type("horizontal")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Horizontal Aviation Agreement").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Add a note").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("#id_what").focus()
    page.keyboard.type("Asked by telephone.")
    page.get_by_role("button", name="Record").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "Recorded: Note" in page.locator(".notes").inner_text()
    assert "Asked by telephone" in page.locator(".line").inner_text()


def test_the_way_to_a_recorded_act_by_keyboard_alone(prepared, browser):
    """Choose the kind of act, tick two participants, and see the act in the table, without a mouse or a script."""
    server, session, _entry = prepared
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    page.goto(f"{server}/agreements/AIR-7Q4M/")
    for link in ("an act of a participant", "Initialling"):
        page.get_by_role("link", name=link, exact=True).focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
    for name in ("Kazakhstan", "European Union"):
        page.get_by_label(name).focus()
        page.keyboard.press("Space")
    page.locator("#id_source").focus()
    page.keyboard.type("COM(2025)154")
    page.get_by_role("button", name="Record", exact=True).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "Recorded: Initialling of 2 participants" in page.locator(".notes").inner_text()
    assert page.locator("#participants").locator("xpath=../..").inner_text().count("Initialled") == 2
