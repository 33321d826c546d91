"""How pages write dates, numbers and texts of another language."""

from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agreements import iso639, numbers
from agreements.choices import Certainty
from agreements.dates import FuzzyDate, precision_words, render_day, render_short
from agreements.folding import Sought
from agreements.glossary import Term, by_field
from agreements.models.base import DayInput
from agreements.places import place_words
from agreements.words import Worded, active_language, tongue

register = template.Library()

#: What each language is called in a sentence about a text; the codes are those of `words.LANGUAGES`.
_LANGUAGE_MARKS = {"en": "EN", "ru": "РУ", "kk": "ҚАЗ"}


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day in words; of a moment, the ministry's day."""
    if value is None or value == "":
        return ""
    return render_day(_local(value))


@register.filter
def moment(value: datetime) -> str:
    """Write a moment in the ministry's time, to the minute."""
    return f"{render_day(_local(value))}, {timezone.localtime(value):%H:%M}"


@register.filter
def fuzzy(value: FuzzyDate | None) -> str:
    """Write a date with its precision in words."""
    return str(value) if value else ""


@register.filter
def short(value: FuzzyDate | None) -> str:
    """Write a date briefly, for narrow columns: 28 Dec 2024; 28.12.2024 in Russian and Kazakh; no precision is lost."""
    return render_short(value) if value else ""


@register.filter
def short_day(known: date) -> str:
    """Write a day briefly, for narrow columns."""
    return render_short(FuzzyDate.of_day(known))


@register.simple_tag
def day_input(name: str, value: Any = "", **attributes: Any) -> SafeString:
    """Return the control in which a day is typed; attributes that are empty are left out."""
    given = {key.replace("_", "-"): told for key, told in attributes.items() if told}
    known = _local(value) if isinstance(value, datetime) else _read(value) if isinstance(value, str) else value
    return DayInput().render(name, known, {"id": name} | given)


def _read(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


@register.filter
def cited(source: str) -> str:
    """Mark the name of a source with the language of its letters, where that is not the reader's: a citation stays."""
    language = tongue(source)
    return (
        format_html('<cite lang="{}">{}</cite>', language, source)
        if language not in ("", active_language())
        else source
    )


@register.filter
def place(value: str) -> str:
    """Name a place in the reader's language, where it is a well-known city."""
    return place_words(value)


@register.filter
def precision(value: FuzzyDate | None, certainty: str = Certainty.FIRM) -> str:
    """Say in words what is not known of a date: year only, day inferred, date of report; nothing of a firm day."""
    return precision_words(value, Certainty(certainty)) if value else ""


@register.filter
def grouped(value: int) -> str:
    """Write a number with its thousands apart, as the reader's language does."""
    return numbers.grouped(value)


@register.filter
def language(code: str) -> str:
    """Write the name of a language in the reader's language."""
    return iso639.name(code)


@register.filter
def filesize(value: int) -> str:
    """Write the size of a file briefly, in units of 1024 bytes."""
    if value < 1024:
        return _("%(size)s bytes") % {"size": value}
    if value < 1024 * 1024:
        return _("%(size)s KB") % {"size": numbers.grouped(value // 1024)}
    return _("%(size)s MB") % {"size": formats.localize(round(value / (1024 * 1024), 1))}


@register.filter
def meaning(name: str) -> Term | None:
    """Return the term of the glossary that explains a field of a form."""
    return by_field().get(name)


@register.simple_tag
def worded(text: Worded, href: str = "") -> SafeString:
    """Write a text, as a link where an address is given; where it fell back to another language, say and mark it.

    Its lines stay lines.
    """
    return _spoken(linebreaksbr(text.text), text.language, href)


@register.simple_tag
def marked(text: Worded, sought: Sought, href: str = "") -> SafeString:
    """Write a text likewise, with the words marked that a search found."""
    pieces = sought.marked(text.text)
    said = format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", piece) if found else piece,) for piece, found in pieces)
    )
    return _spoken(said, text.language, href)


def _spoken(said: SafeString, language: str, href: str) -> SafeString:
    foreign = bool(language) and language != active_language()
    lang = format_html(' lang="{}"', language) if foreign else ""
    if href:
        said = format_html('<a href="{}"{}>{}</a>', href, lang, said)
    elif foreign:
        said = format_html("<span{}>{}</span>", lang, said)
    if not foreign:
        return said
    mark = _LANGUAGE_MARKS.get(language, language.upper())
    title = _("There is no text in the language of the page.")
    return format_html('{}\u00a0<span class="fallback" title="{}">{}</span>', said, title, mark)


def _local(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
