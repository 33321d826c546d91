"""Why a row became what it became: codes for programs, sentences for people."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.guards import Reason
from agreements.words import LANGUAGES, pick

#: The sentences by code. What stands in `told` under "texts" is a sentence of elsewhere, by language.
SENTENCES: Mapping[str, str | Promise] = {
    "taken-before": _("The same row was taken over before: “%(file)s”, row %(row)s."),
    "taken-elsewhere": _("The same row was taken over before, from another table."),
    "same-row": _("It says the same as row %(row)s."),
    "same-title": _("It has the title and the date of row %(row)s. Say whether it is another agreement."),
    "like-title": _(
        "Its title is much like that of row %(row)s, and the dates agree. Say whether it is another agreement."
    ),
    "recorded": _("It is recorded already: %(reference)s."),
    "recorded-otherwise": _("It is recorded as %(reference)s with other values: %(fields)s."),
    "likeness": _("It may be recorded already: %(references)s."),
    "changed": _("Changed in %(reference)s: %(fields)s."),
    "noted": "%(note)s",
    "left-out": _("It is left out by your decision."),
    "aside": _("It looks like a total or a note, not like a record. Say whether it is one."),
    "empty": _("The row says nothing that is taken over."),
    "title-missing": _("The row gives no title."),
    "value-missing": _("The row does not say: %(field)s. Choose a value for all rows, or correct the file."),
    "party-unclear": _("“%(text)s” is not known as a party for certain."),
    "party-new": _("%(party)s is not among the recorded parties yet."),
    "word-unclear": _("“%(text)s” is not known as a value of: %(field)s."),
    "date-unclear": _("“%(text)s” is not a date for certain (%(field)s). %(note)s"),
    "order-unclear": _("In the column “%(column)s” the day or the month may come first. Say which."),
    "number-unclear": _("“%(text)s” is not a number for certain (%(field)s)."),
    "entry-unclear": _("“%(text)s” is not found for certain (%(field)s)."),
    "agreement-unclear": _("Which agreement is “%(text)s”? It is not found for certain."),
    "stage-unclear": _("The stage “%(stage)s” and the dates of the row do not agree."),
    "ending-unclear": _("The row gives the day on which it ended, and not how: terminated, expired or otherwise."),
    "step-unclear": _("No step leads to “%(stage)s” from where the agreement stood."),
    "kind-unclear": _("The row does not say which act was done on that day."),
    "two-values": _("Two columns do not agree: “%(text)s” is not what the other one says (%(field)s)."),
    "too-long-row": _("The row has more cells than the table has columns: %(cells)s."),
    "failed": _("The row could not be written (%(error)s). The log of the server has more."),
}  # fmt: skip


@dataclass(frozen=True)
class Why:
    """A reason: its code, and the parameters of its sentence as plain JSON."""

    code: str
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The sentence in the reader's language."""
        return sentence(self.code, self.told)


def in_words(write: Callable[[], str]) -> dict[str, str]:
    """Return what is written, in every language."""
    found = {}
    for language in LANGUAGES:
        with translation.override(language):
            found[language] = write()
    return found


def of_reasons(reasons: Iterable[Reason | str]) -> Why:
    """Return what refusals of elsewhere say, in every language."""
    found = list(reasons)
    texts = in_words(lambda: " ".join(one.sentence if isinstance(one, Reason) else str(one) for one in found))
    code = found[0].code if found and isinstance(found[0], Reason) else "invalid"
    return Why(code[:40], {"texts": texts})


def sentence(code: str, told: Mapping[str, Any]) -> str:
    """Return the sentence of a reason in the reader's language; empty without one."""
    if texts := told.get("texts"):
        return pick(texts).text
    template = SENTENCES.get(code)
    if template is None:
        return code
    words = {name: pick(value).text if isinstance(value, Mapping) else value for name, value in told.items()}
    return (str(template) % words if words else str(template)).strip()
