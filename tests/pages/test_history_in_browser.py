"""The page of an agreement in a real browser: the slider, with and without scripts, and why a step is greyed."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import NEEDED
from tests.conftest import signed_in

pytestmark = NEEDED


@pytest.fixture
def session(live_server: Any, sample: Any, lawyer: Any) -> tuple[str, str]:
    """Return the server's address and the session of a lawyer."""
    return live_server.url, signed_in(lawyer).cookies["sessionid"].value


def opened(browser: Browser, session: tuple[str, str], address: str, *, scripts: bool = True) -> Page:
    """Open a page for the lawyer."""
    server, key = session
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": key, "url": server}])
    page = context.new_page()
    page.goto(server + address)
    return page


def test_the_slider_tells_the_day_while_it_moves_and_leads_there(session, browser):
    page = opened(browser, session, "/agreements/PEP-4K7Z/")
    slider = page.get_by_role("slider", name="How it stood on")
    slider.focus()
    for _press in range(3):
        page.keyboard.press("ArrowLeft")
    said = slider.get_attribute("aria-valuetext")

    assert page.locator("#as-of-day").evaluate("list => list.selectedOptions[0].textContent") == said
    assert "as_of" not in page.url  # a key moves it; only Enter leads there
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert re.search(r"as_of=20\d\d-\d\d-\d\d", page.url)
    assert "This is not the present state." in page.locator(".notes").inner_text()


def test_letting_go_of_the_slider_leads_to_the_day(session, browser):
    page = opened(browser, session, "/agreements/PEP-4K7Z/")
    page.get_by_role("slider").scroll_into_view_if_needed()
    box = page.get_by_role("slider").bounding_box()
    assert box
    with page.expect_navigation():
        page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)

    assert "as_of=2011-04-12" in page.url


def test_a_day_is_looked_back_to_without_a_script(session, browser):
    page = opened(browser, session, "/agreements/PEP-4K7Z/", scripts=False)
    page.locator("#as-of-day").select_option("2015-01-20")
    with page.expect_navigation():
        page.locator("form.as-of").get_by_role("button", name="Show").click()

    expect(page.locator("#stood")).to_be_visible()
    assert page.locator("input[type=range]").count() == 0


def test_a_greyed_step_opens_its_reasons(session, browser):
    page = opened(browser, session, "/agreements/RAW-23X4/")
    page.get_by_role("button", name="Put on hold").click(force=True)  # it is greyed, not disabled

    expect(page.locator("#why-hold")).to_be_visible()
    assert "Only what is being prepared or concluded can be put on hold." in page.locator("#why-hold").inner_text()
    assert page.url.endswith("/agreements/RAW-23X4/")


def test_the_index_marks_the_part_that_is_read(session, browser):
    page = opened(browser, session, "/agreements/PEP-4K7Z/")
    page.locator(".contents").get_by_role("link", name="History").click()

    expect(page.locator(".contents a[aria-current]")).to_have_text("History")
    head = page.locator("#history").bounding_box()
    bar = page.locator(".contents").bounding_box()
    assert head
    assert bar
    assert head["y"] >= bar["y"] + bar["height"]  # the bar hides no heading


def test_a_page_that_is_long_in_coming_says_so(session, browser):
    page = opened(browser, session, "/agreements/PEP-4K7Z/")
    page.evaluate("""() => {
        const waiting = document.getElementById("page-waits");
        new MutationObserver(() => (sessionStorage.said ??= waiting.textContent)).observe(waiting, {childList: true});
    }""")
    page.route("**/overview/", lambda route: (time.sleep(1), route.continue_()))

    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/overview/")
    assert page.evaluate("sessionStorage.said") == "The page is being prepared…"
    expect(page.locator("#page-waits")).to_be_empty()
