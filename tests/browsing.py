"""Chromium for the tests that need a real browser: where it is, and how it is started."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: The marks of a module whose tests need a browser.
NEEDED = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")]


def needs_browser(test: Callable[..., None]) -> Callable[..., None]:
    """Mark one test as the modules are marked whose tests all need a browser."""
    return NEEDED[0](NEEDED[1](test))


@contextmanager
def started() -> Iterator[Browser]:
    """Start Chromium without a window.

    Playwright's loop counts as running in this thread until the end; nothing here is asynchronous, so that Django's
    guard against it only stands in the way of the tests that come between.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET), env=dict(os.environ))
