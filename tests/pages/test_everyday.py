"""Each common task from beginning to end in a real browser; what is essential also without a script."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from pypdf import PdfReader

from tests.pages import test_browser

pytestmark = test_browser.pytestmark
prepared = test_browser.prepared

both = pytest.mark.parametrize("script", [True, False], ids=["", "without a script"])


@pytest.fixture
def script():
    """Whether scripts run; most tests say so themselves."""
    return True


@pytest.fixture
def page(prepared, browser, script):
    """A page of a lawyer's; an error on the console or of a script is a fault."""
    server, session, _known = prepared
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script, base_url=server)
    context.add_cookies([{"name": "sessionid", "value": session, "url": server}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.faults = []
    page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    assert page.faults == []


def pressed(page, role, name, **more):
    """Press a link or a button that leads to another page."""
    with page.expect_navigation():
        page.get_by_role(role, name=name, **more).first.click()


def said(page):
    """Return what the messages at the top say."""
    return page.locator(".notes").first.inner_text()


@both
def test_find_an_agreement(page):
    page.goto("/desk/")
    page.locator("#find").fill("авиацион")
    page.locator("#find").press("Enter")
    page.wait_for_url("**/search/**")
    pressed(page, "link", "Horizontal Aviation Agreement")

    assert page.locator("h1").inner_text() == "Horizontal Aviation Agreement"
    assert page.locator(".steps [aria-current] b").inner_text().startswith("Being prepared")


@both
def test_move_an_agreement_on_from_the_desk(page):
    page.goto("/desk/?of=all")
    ready = page.locator("section", has=page.get_by_role("heading", name="Ready to move on"))
    with page.expect_navigation():
        ready.get_by_role("link", name="Sign").first.click()
    page.get_by_label("Evidence").fill("Roadmap 2025-2026, signed text")
    page.get_by_label("Source").first.fill("Kazakh MFA press service, kt.kz, 28 December 2024")
    pressed(page, "button", "Record", exact=True)

    assert "Done." in said(page)
    assert page.locator(".steps [aria-current] b").inner_text().startswith("Signed")


@both
def test_be_refused_and_lose_nothing(page):
    page.goto("/agreements/AIR-7Q4M/steps/sign/")
    page.get_by_label("Place").fill("Luxembourg")
    pressed(page, "button", "Record", exact=True)

    told = page.locator(".errors").inner_text()
    assert "Nothing has been saved yet." in told
    assert "Full powers are not recorded: Kazakhstan." in page.locator("main").inner_text()
    assert page.get_by_label("Place").input_value() == "Luxembourg"
    page.faults.clear()  # the browser itself tells of the status 409


@both
def test_record_what_happened_out_of_procedure(page):
    page.goto("/agreements/AIR-7Q4M/")
    pressed(page, "link", "It has happened all the same: record it out of procedure")
    page.get_by_label("Evidence").fill("Signed text")
    page.get_by_label("Reason").fill("Signed in the margins of the Council; the papers follow.")
    page.get_by_label("Record out of procedure").check()
    pressed(page, "button", "Record", exact=True)

    assert "Out of procedure" in page.locator("main").inner_text()
    assert page.locator(".steps [aria-current] b").inner_text().startswith("Signed")


@both
def test_take_back_what_was_just_recorded(page):
    page.goto("/agreements/AIR-7Q4M/record/note/")
    page.get_by_label("What happened").fill("Asked by telephone.")
    pressed(page, "button", "Record", exact=True)
    pressed(page, "link", "Undo")
    page.get_by_label("Reason").fill("It was another agreement.")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()

    assert "Done." in said(page)
    assert page.locator("s, del, .void, .voided", has_text="Asked by telephone.").count() >= 1


@both
def test_keep_a_file(page, tmp_path):
    file = tmp_path / "initialled.pdf"
    file.write_bytes(b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n")
    page.goto("/agreements/AIR-7Q4M/documents/upload/")
    page.get_by_label("File").set_input_files(file)
    page.get_by_label("Kind of document").select_option("initialled_text")
    with page.expect_navigation(url="**/agreements/AIR-7Q4M/"):
        page.get_by_role("button", name="Keep the file").click()

    assert "initialled.pdf" in page.locator("main").inner_text()


@both
def test_make_a_task_of_the_outcome_of_a_meeting(page):
    page.goto("/desk/?of=all")
    pressed(page, "link", "Consultations with the EU Ambassador to Kazakhstan")
    outcome = page.get_by_role("link", name="Horizontal Aviation Agreement").last
    with page.expect_navigation():
        page.locator("li", has=outcome).locator(".act a").click()
    page.get_by_label("Outcome").fill("Both sides want to sign in the spring.")
    page.get_by_label("Record in the agreement").select_option("task")
    page.get_by_label("What is to be done").fill("Propose a day for the signing")
    pressed(page, "button", "Record", exact=True)
    page.goto("/agreements/AIR-7Q4M/")

    assert "Propose a day for the signing" in page.locator("#tasks").locator("xpath=../..").inner_text()


@both
def test_look_at_a_day_of_the_past(page):
    page.goto("/agreements/AIR-7Q4M/")
    back = page.locator("details", has_text="Look back").last
    back.locator("summary").click()
    back.get_by_label("True on", exact=True).fill("2007-06-01")
    with page.expect_navigation():
        back.get_by_role("button", name="Show").click()

    told = page.locator("main").inner_text().replace("\u00a0", " ")
    assert "1 June 2007" in told
    assert page.locator(".steps [aria-current] b").inner_text().startswith("Mandated")
    assert "possibly" in told.casefold()


def test_the_brief_on_paper(page, tmp_path):
    page.goto("/desk/?of=all")
    pressed(page, "link", "Brief for today’s meeting")
    with page.expect_download() as given:
        page.get_by_role("link", name="PDF").first.click()
    given.value.save_as(tmp_path / "brief.pdf")

    text = PdfReader(tmp_path / "brief.pdf").pages[0].extract_text()
    assert "Horizontal Aviation Agreement" in text


@both
def test_change_the_language_and_stay(page):
    page.goto("/agreements/?stage=signing&q=roadmap")
    pressed(page, "button", "Қазақша")

    assert page.url.endswith("/agreements/?stage=signing&q=roadmap")
    assert page.locator("html").get_attribute("lang") == "kk"
    assert page.locator("h1").inner_text() == "Келісімдер"
    pressed(page, "button", "English")
    assert page.locator("h1").inner_text() == "Agreements"


@both
def test_choose_dark_pages(page):
    page.goto("/help/")
    page.locator(".who summary").click()
    pressed(page, "button", "Dark", exact=True)

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 23, 28)"


def test_the_keyboard_reaches_the_search_and_skips_the_menu(page):
    page.goto("/desk/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "usa-skipnav"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"


def test_a_step_by_keyboard_alone(page):
    """From the desk to the recorded step, with Tab, Enter and letters only."""
    page.goto("/desk/?of=all")
    ready = page.locator("section", has=page.get_by_role("heading", name="Ready to move on"))
    ready.get_by_role("link", name="Sign").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.locator("#id_evidence").focus()
    page.keyboard.type("Roadmap 2025-2026")
    page.locator("#id_source").focus()
    page.keyboard.type("kt.kz, 28 December 2024")
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert "Done." in said(page)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_first_load_is_light(prepared, browser, language):
    """Styles, scripts and fonts of the first page, compressed as the server sends them, are under 300 kB."""
    server, session, _known = prepared
    context = browser.new_context(base_url=server)
    cookies = {"sessionid": session, "django_language": language}
    context.add_cookies([{"name": name, "value": value, "url": server} for name, value in cookies.items()])
    page, loaded = context.new_page(), set()
    page.on("request", lambda request: loaded.add(urlsplit(request.url).path))
    page.goto("/desk/?of=all")
    page.wait_for_load_state("networkidle")
    files = {path for path in loaded if path.endswith((".css", ".js", ".woff2"))}

    assert any(path.endswith("noto-sans-latin-wght-normal.woff2") for path in files)
    weights = {path: weight(path) for path in files}
    assert sum(weights.values()) < 300_000, weights


def weight(path):
    """Return the bytes that the server sends of a static file: fonts as they are, the rest compressed."""
    content = Path(finders.find(path.removeprefix("/static/"))).read_bytes()
    return len(content) if path.endswith(".woff2") else len(gzip.compress(content, 9))
