"""A file that is dropped on the upload page, in a real browser."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, JSHandle, Page

from agreements.models import Agreement, DocumentVersion, User
from tests.browsing import NEEDED
from tests.conftest import signed_in
from tests.documents.conftest import PDF, on_disk

pytestmark = NEEDED
#: Large enough to be sent in more than one piece.
MILLIONS = 4
#: Keeps what the progress says, across the page that follows.
WATCH = """
addEventListener("DOMContentLoaded", () => {
  if (!document.getElementById("upload")) return;
  const told = [];
  new MutationObserver((changes) => {
    if (!changes.some((change) => change.target.id === "progress-words")) return;
    const shown = document.getElementById("progress").getBoundingClientRect().height > 0;
    told.push([document.getElementById("progress-words").textContent, shown]);
    sessionStorage.setItem("told", JSON.stringify(told));
  }).observe(document, {childList: true, subtree: true});
});
"""


def carried(page: Page, *names: str) -> JSHandle:
    """Return what a person drags: files, each with the same content."""
    return page.evaluate_handle(
        """([names, head, millions]) => {
          const carried = new DataTransfer();
          const content = [head, "\\n%" + "x".repeat(1e6 * millions), "\\n%%EOF\\n"];
          for (const name of names) carried.items.add(new File(content, name));
          return carried;
        }""",
        [names, PDF.decode(), MILLIONS],
    )


def test_a_file_is_dropped_seen_on_its_way_and_found_on_the_page(
    live_server: Any, agreement: Agreement, lawyer: User, folder: Path, browser: Browser
) -> None:
    session = signed_in(lawyer).cookies["sessionid"].value
    context = browser.new_context()
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    context.add_init_script(WATCH)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}/agreements/{agreement.reference}/documents/upload/")
    hint, chosen = page.get_by_text("Or drop a file here."), page.locator("input[type=file]")
    assert (hint.is_visible(), page.locator("#progress").is_visible()) == (True, False)

    # What misses its place is not opened in place of the page.
    page.dispatch_event("h1", "drop", {"dataTransfer": carried(page, "elsewhere.pdf")})
    assert chosen.evaluate("input => input.files.length") == 0
    page.dispatch_event("#drop", "dragover", {"dataTransfer": carried(page, "text.docx")})
    assert "drop--over" in str(page.locator("#drop").get_attribute("class"))
    page.dispatch_event("#drop", "drop", {"dataTransfer": carried(page, "text.docx", "another.pdf")})
    assert "drop--over" not in str(page.locator("#drop").get_attribute("class"))
    assert chosen.evaluate("input => [...input.files].map(file => file.name)") == ["text.docx"]

    # What is not what its name says is refused, and the form that comes back takes another.
    page.locator("#id_kind").select_option("signed_text")
    page.locator("#id_on").fill("2010-05-05")
    page.get_by_role("button", name="Keep the file").click()
    page.locator("main .errors").wait_for()
    refused = page.evaluate("JSON.parse(sessionStorage.getItem('told'))")
    assert (page.locator("#id_on").input_value(), on_disk(folder)) == ("2010-05-05", [])
    page.dispatch_event("#drop", "drop", {"dataTransfer": carried(page, "text.pdf")})
    with page.expect_navigation(url=f"**/agreements/{agreement.reference}/"):
        page.get_by_role("button", name="Keep the file").click()

    told = page.evaluate("JSON.parse(sessionStorage.getItem('told'))")
    row = page.get_by_role("region", name="Documents").get_by_role("link", name="text.pdf", exact=True)
    row.wait_for()
    assert "Kept: Signed text, version 1 (text.pdf)." in page.locator(".notes").inner_text()
    assert faults == []

    version = DocumentVersion.objects.get()
    assert (version.name, version.size, version.uploaded_by) == ("text.pdf", len(PDF) + MILLIONS * 10**6 + 9, lawyer)
    assert on_disk(folder) == [version.stored]
    for said in (refused, told[len(refused) :]):
        assert (said[0], said[-1]) == (["Sending", True], ["Sent. The file is being checked and kept.", True])
        steps = [int(words.removeprefix("Sending: ").removesuffix(" %")) for words, _shown in said[1:-1]]
        assert steps == sorted(steps)
        assert steps[-1] == 100
