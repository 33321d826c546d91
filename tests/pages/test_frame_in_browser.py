"""What the scripts of every page do: days typed as the language writes them, a page that comes back as it was left."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import NEEDED
from tests.conftest import signed_in

pytestmark = NEEDED


@pytest.fixture
def session(live_server, sample, lawyer) -> str:
    """Return the session of a lawyer."""
    return signed_in(lawyer).cookies["sessionid"].value


@pytest.fixture
def page(live_server, session: str, browser: Browser) -> Page:
    """A lawyer's page in Russian; an error on its console fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=live_server.url)
    known = {"sessionid": session, "django_language": "ru"}
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in known.items()])
    opened = context.new_page()
    opened.on("console", lambda message: pytest.fail(message.text) if message.type == "error" else None)
    return opened


def test_facets_are_ticked_one_after_the_other_and_the_way_back_leads_over_them(page: Page):
    page.goto("/agreements/")
    for facet, found, asked in (
        ("#f-group-preparing", "3 соглашения", "?group=preparing"),
        ("#f-group-operative", "7 соглашений", "?group=operative&group=preparing"),
        ("#f-party-EU", "7 соглашений", "?group=operative&group=preparing&party=EU"),
    ):
        page.locator(facet).focus()
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile(re.escape(f"/agreements/{asked}") + "$"))
        expect(page.locator("#found")).to_have_text(found)
        # Who ticks by keyboard goes on from there, and hears what was found.
        expect(page.locator(facet)).to_be_focused()
        expect(page.locator(facet)).to_be_checked()
        assert page.locator("#found-now").inner_text() == found
    for asked, chips in (("?group=operative&group=preparing", 2), ("?group=preparing", 1)):
        page.evaluate("window.history.back()")
        expect(page).to_have_url(re.compile(re.escape(f"/agreements/{asked}") + "$"))
        expect(page.locator(".chip[aria-current]")).to_have_count(chips)
    expect(page.locator("#found")).to_have_text("3 соглашения")
    expect(page.locator("#f-group-operative")).not_to_be_checked()
    page.locator("#f-party-EU").press("Space")
    expect(page).to_have_url(re.compile("party=EU$"))
    page.locator("button[lang=kk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    assert page.url.endswith("/agreements/?group=preparing&party=EU")
    expect(page.locator("#found")).to_have_text("3 келісім")


def test_days_are_typed_and_chosen_as_the_language_writes_them(page: Page):
    page.goto("/agreements/AIR-7Q4M/compare/?before=2007-06-01&after=2024-12-28")
    assert page.locator("#before").input_value() == "01.06.2007"
    assert page.locator("#before_known").get_attribute("placeholder") == "ДД.ММ.ГГГГ"
    assert page.get_by_role("button", name="Выбрать в календаре: Положение на день").count() == 2
    picker = "picker => { picker.value = '2010-02-03'; picker.dispatchEvent(new Event('change')); }"
    page.locator(".day-picker").first.evaluate(picker)
    assert page.locator("#before").input_value() == "03.02.2010"
    page.locator("#after").fill("3 марта 2023 года")
    with page.expect_navigation():
        page.locator("#after").press("Enter")

    assert page.locator("#before").input_value() == "03.02.2010"
    assert page.locator("#after").input_value() == "03.03.2023"
    assert "3 февраля 2010" in page.locator("thead").last.inner_text().replace("\u00a0", " ")


def test_another_language_keeps_what_was_typed_and_the_place(page: Page):
    page.goto("/agreements/AIR-7Q4M/record/note/")
    page.locator("#id_what").fill("Запрошено по телефону.")
    page.locator("#id_on").fill("второе полугодие 2024")
    page.locator("button[lang=kk]").click()
    expect(page.locator("html")).to_have_attribute("lang", "kk")

    assert page.locator("#id_what").input_value() == "Запрошено по телефону."
    assert page.locator("#id_on").input_value() == "второе полугодие 2024"
    page.reload()
    assert page.locator("#id_what").input_value() == ""
    page.goto("/agreements/PEP-4K7Z/?as_of=2016-06-01")
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight / 2)")
    page.locator("button[lang=en]").evaluate("button => button.click()")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/agreements/PEP-4K7Z/?as_of=2016-06-01")
    assert 0.4 < page.evaluate("window.scrollY / document.documentElement.scrollHeight") < 0.6


def test_the_menu_shows_where_one_is_though_it_is_wider_than_the_window(page: Page):
    page.set_viewport_size({"width": 390, "height": 800})
    for address in ("/help/", "/agreements/"):
        page.goto(address)
        box = page.locator(".nav [aria-current]").bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390, address


def test_the_sign_in_offers_a_passkey_and_shows_no_error_before_one_was_asked_for(page: Page):
    page.context.clear_cookies()
    page.goto("/sign-in/")

    expect(page.get_by_role("button")).to_have_count(5)  # three languages, the password, the passkey
    assert [note.is_visible() for note in page.locator(".note--error").all()] == [False]
