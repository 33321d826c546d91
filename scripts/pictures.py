"""Take the pictures of the documentation from a demonstration that runs on this machine.

    make run                                                    # in another window; it prints the password
    .venv/bin/python scripts/pictures.py http://127.0.0.1:8000 PASSWORD [NAME ...]

Needs Chromium. The pictures show the sample portfolio and nothing else.
"""

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"


class Picture(NamedTuple):
    """A page, in a language and a palette, in a window; its height is that of the picture."""

    address: str
    language: str = "en"
    palette: str = "light"
    width: int = 1280
    height: int = 900


PICTURES = {
    "desk": Picture("/desk/", height=1180),
    "agreements": Picture("/agreements/?group=preparing&group=operative", language="ru", height=980),
    "agreement": Picture("/agreements/AIR-7Q4M/", height=1340),
    "board": Picture("/board/", language="kk", palette="dark", height=1040),
    "overview": Picture("/overview/", height=1240),
    "party": Picture("/parties/EU/", height=1180),
    "telephone": Picture("/agreements/AIR-7Q4M/", language="kk", width=390, height=900),
}


def main() -> int:
    """Take the pictures that are named, or all."""
    if len(sys.argv) < 3 or not set(sys.argv[3:]) <= PICTURES.keys():
        print(__doc__)
        return 2
    server, password, names = sys.argv[1], sys.argv[2], sys.argv[3:] or list(PICTURES)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        for name in names:
            take(browser, server, password, name, PICTURES[name])
        browser.close()
    return 0


def take(browser: Browser, server: str, password: str, name: str, picture: Picture) -> None:
    """Sign in and take one picture."""
    window = {"width": picture.width, "height": picture.height}
    context = browser.new_context(viewport=window, color_scheme=picture.palette, base_url=server)
    context.add_cookies(
        [
            {"name": "django_language", "value": picture.language, "url": server},
            {"name": "tour", "value": "seen", "url": server},
        ]
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    page.goto(picture.address)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
