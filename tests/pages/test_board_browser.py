"""The board in a real browser: a card is dragged, or sent with the arrow keys; what is refused is told in place."""

import pytest

from tests.pages import test_browser

pytestmark = test_browser.pytestmark
prepared = test_browser.prepared


@pytest.fixture
def page(prepared, browser):
    """The board as a lawyer sees it; an error on the console is a fault."""
    server, session, _known = prepared
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{server}/board/")
    yield page
    assert faults == []


def test_a_card_is_dragged(page):
    card, signed = page.locator("[data-card=AIR-7Q4M]"), page.locator(".board > [data-stage=signed]")

    card.hover(position={"x": 40, "y": 60})
    page.mouse.down()
    card.hover(position={"x": 60, "y": 80})
    signed.hover()
    page.locator(".boards.choosing").wait_for()
    states = {
        column.get_attribute("data-stage"): column.get_attribute("class").split()[-1]
        for column in page.locator(".board > [data-stage]").all()
    }
    assert states["signing"] == "here"
    assert states["negotiating"] == "allowed"
    assert states["ratifying"] == states["proposed"] == "refused"
    assert signed.inner_text().split() == ["0", "Signed", "Sign"]
    page.mouse.up()

    refusal = page.locator("#refusal[open]")
    refusal.wait_for()
    assert "“Sign” cannot be recorded yet" in refusal.inner_text()
    assert "No clearance by a body is recorded." in refusal.inner_text()
    refusal.get_by_role("button", name="Close").click()
    assert page.locator(".choosing").count() == 0
    with page.expect_navigation(url="**/agreements/AIR-7Q4M/steps/reopen/"):
        card.drag_to(page.locator(".board > [data-stage=negotiating]"), source_position={"x": 40, "y": 60})


def test_a_card_is_sent_by_keyboard(page):
    says, summary = page.locator("#board-says"), page.locator("[data-card=AIR-7Q4M] summary")

    summary.focus()
    page.keyboard.press("ArrowRight")
    assert says.inner_text() == "Horizontal Aviation Agreement: to Signed? The procedure leads there: Sign."
    page.keyboard.press("ArrowRight")
    assert says.inner_text().endswith("to Undergoing ratification? No step of the procedure leads there.")
    page.keyboard.press("Enter")
    refusal = page.locator("#refusal[open]")
    refusal.wait_for()
    assert "From here it leads to: Signed, Withdrawn, Negotiating." in refusal.inner_text()
    page.keyboard.press("Escape")
    assert summary.evaluate("summary => summary === document.activeElement")

    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    assert says.inner_text() == "Horizontal Aviation Agreement stays where it is."
    for _column in range(2):
        page.keyboard.press("ArrowLeft")
    with page.expect_navigation(url="**/agreements/AIR-7Q4M/steps/reopen/"):
        page.keyboard.press("Enter")


def test_a_link_of_a_card_is_weighed_first_and_works_without_a_script(page, prepared, browser):
    card = page.locator("[data-card=AIR-7Q4M]")
    card.locator("summary").click()
    card.get_by_role("link", name="Sign").click()
    page.locator("#refusal[open]").wait_for()

    server, session, _known = prepared
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    plain = context.new_page()
    plain.goto(f"{server}/board/")
    plain.locator("[data-card=AIR-7Q4M] summary").click()
    plain.locator("[data-card=AIR-7Q4M]").get_by_role("link", name="Sign").click()
    assert "7 things are missing before this step can be recorded" in plain.locator("main").inner_text()
