"""What tests of the administration share: addresses, what a page says, and its form filled in as a browser does."""

from datetime import date
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from agreements.dates import FuzzyDate
from agreements.models import Agreement, Entry
from tests.pages import conftest as pages

DAY = FuzzyDate.of_day(date(2024, 12, 2))


def address(agreement: Agreement, name: str, *more: Any) -> str:
    """Return the address of a page about an agreement."""
    return reverse(f"admin:agreements_agreement_{name}", args=[agreement.pk, *more])


def text_of(answer: Any) -> str:
    """Return what a page holds."""
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def last(agreement: Agreement) -> Entry:
    """Return the last entry of an agreement's journal."""
    return Entry.objects.of(agreement).latest("sequence")


def queries(client: Client, page: str) -> int:
    """Return how many queries a page takes, without what is asked once in the life of a process."""
    client.get(page)
    return pages.queries(client, page)


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.within = False
        self.select: str | None = None
        self.textarea: str | None = None
        self.several = False
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        given = dict(pairs)
        if tag == "form":
            self.within = given.get("id") != "logout-form" and given.get("class") != "lang"
        if not self.within:
            return
        name = given.get("name") or ""
        if tag == "input" and name and given.get("type") != "submit":
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                ticked = "on" if given.get("type") in ("checkbox", "radio") else ""
                self.sent.setdefault(name, []).append(given.get("value") or ticked)
        elif tag == "select":
            self.select, self.options = name, []
            self.sent.setdefault(name, [])
            self.several = "multiple" in given
        elif tag == "option" and self.select:
            self.options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea":
            self.textarea = name
            self.sent.setdefault(name, [""])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.within = False
        elif tag == "select" and self.select:
            chosen = [value for value, selected in self.options if selected]
            first = [value for value, _selected in self.options[:1]]
            self.sent[self.select] += chosen or ([] if self.several else first)
            self.select = None
        elif tag == "textarea":
            self.sent[self.textarea or ""][0] = self.sent[self.textarea or ""][0].removeprefix("\n")
            self.textarea = None

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.sent[self.textarea][0] += data


def filled(page: Any, **changed: Any) -> dict[str, Any]:
    """Return what a browser sends from the form of a page, with some fields changed; None leaves a field out."""
    reader = _Fields()
    reader.feed(page.content.decode())
    sent: dict[str, Any] = reader.sent | changed
    return {name: value for name, value in sent.items() if value is not None}
