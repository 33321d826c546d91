"""The frame of every page: the demonstration, the ministry's day, the languages, the place whose time it is."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from agreements import clock, subscriptions
from agreements.models import User
from agreements.views.tour import where

# Each language names itself; these words are never translated.
LANGUAGE_NAMES = {"en": ("EN", "English"), "ru": ("РУ", "Русский"), "kk": ("ҚАЗ", "Қазақша")}

# The capital's time has the name of another city; another place shows as its time zone writes it.
PLACES = {"Asia/Almaty": gettext_noop("Astana")}


#: What a reader may choose instead of what the device has.
THEMES = ("light", "dark")
THEME_COOKIE = f"{settings.COOKIE_PREFIX}theme"
#: Says that the reader has seen the tour of the sample, or does not want it.
TOUR_COOKIE, SEEN = f"{settings.COOKIE_PREFIX}tour", "seen"

#: The rooms of the house in the order of the menu: section, address, words.
MENU = (
    ("desk", "desk", _("My desk")),
    ("agreements", "agreement-list", _("Agreements")),
    ("board", "board", pgettext_lazy("of agreements", "Board")),
    ("tasks", "task-list", _("Tasks")),
    ("calendar", "calendar", _("Calendar")),
    ("parties", "party-list", _("Parties")),
    ("overview", "overview", _("Overview")),
    ("reports", "reports", _("Reports")),
    ("procedures", "procedure-list", _("Procedures")),
    ("help", "help", _("Help")),
)


def menu() -> list[tuple[str, str, str]]:
    """Return section, address and words of what the menu leads to."""
    found = []
    for section, name, words in MENU:
        try:
            found.append((section, reverse(name), str(words)))
        except NoReverseMatch:
            continue
    return found


def language_choices() -> list[tuple[str, str, str]]:
    """Return code, short label and own name of every language of the interface, in the order of the settings."""
    return [(code, *LANGUAGE_NAMES.get(code, (code.upper(), str(name)))) for code, name in settings.LANGUAGES]


def place_of_time() -> str:
    """Return the place of TIME_ZONE in the active language: `Asia/Almaty` gives Astana."""
    return gettext(PLACES.get(settings.TIME_ZONE) or settings.TIME_ZONE.rpartition("/")[2].replace("_", " "))


def frame(request: HttpRequest) -> dict[str, object]:
    """Give every template what `base.html` shows around the content."""
    return {
        "demonstration": settings.PACTA_TODAY,
        "read_only": settings.READ_ONLY,
        "today": clock.today(),
        "menu": menu(),
        "theme": theme if (theme := request.COOKIES.get(THEME_COOKIE)) in THEMES else "",
        "theme_choices": (("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))),
        "tour": where(request),
        "invite_to_tour": bool(settings.PACTA_TODAY) and request.COOKIES.get(TOUR_COOKIE) != SEEN,
        "language_choices": language_choices(),
        "place_of_time": place_of_time(),
        "number_unread": _unread(request),
    }


def _unread(request: HttpRequest) -> int:
    """Return the number beside the bell; one query where there may be anything, none where it is known there is not."""
    user = getattr(request, "user", None)
    return subscriptions.number_unread(user) if isinstance(user, User) else 0
