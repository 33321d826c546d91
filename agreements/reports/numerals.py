"""Small numbers in words: how many agreements, and how many of them stand where."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy, pgettext, pgettext_lazy

from agreements.choices import Stage
from agreements.numbers import grouped

#: The words of small numbers before “agreements”; Russian is in the neuter.
_AGREEMENTS = (
    pgettext_lazy("so many agreements", "one"),
    pgettext_lazy("so many agreements", "two"),
    pgettext_lazy("so many agreements", "three"),
    pgettext_lazy("so many agreements", "four"),
    pgettext_lazy("so many agreements", "five"),
    pgettext_lazy("so many agreements", "six"),
    pgettext_lazy("so many agreements", "seven"),
    pgettext_lazy("so many agreements", "eight"),
    pgettext_lazy("so many agreements", "nine"),
    pgettext_lazy("so many agreements", "ten"),
)
#: The same where they stand for the agreements themselves: “four are in force”; Kazakh has other forms there.
_OF_THEM = (
    pgettext_lazy("so many of them", "one"),
    pgettext_lazy("so many of them", "two"),
    pgettext_lazy("so many of them", "three"),
    pgettext_lazy("so many of them", "four"),
    pgettext_lazy("so many of them", "five"),
    pgettext_lazy("so many of them", "six"),
    pgettext_lazy("so many of them", "seven"),
    pgettext_lazy("so many of them", "eight"),
    pgettext_lazy("so many of them", "nine"),
    pgettext_lazy("so many of them", "ten"),
)
#: What is in force, by whether it is binding, not binding, or either.
_OPERATIVE = {
    (True,): ngettext_lazy("%(count)s is in force", "%(count)s are in force", "number"),
    (False,): ngettext_lazy("%(count)s is in effect", "%(count)s are in effect", "number"),
    (False, True): ngettext_lazy("%(count)s is in force or in effect", "%(count)s are in force or in effect", "number"),
}
_STANDING: Mapping[Stage, Any] = {
    Stage.PROPOSED: ngettext_lazy("%(count)s is proposed", "%(count)s are proposed", "number"),
    Stage.MANDATED: ngettext_lazy("%(count)s has a mandate", "%(count)s have a mandate", "number"),
    Stage.NEGOTIATING: ngettext_lazy("%(count)s is being negotiated", "%(count)s are being negotiated", "number"),
    Stage.INITIALLED: ngettext_lazy("%(count)s is initialled", "%(count)s are initialled", "number"),
    Stage.SIGNING: ngettext_lazy(
        "%(count)s is being prepared for signing", "%(count)s are being prepared for signing", "number"
    ),
    Stage.SIGNED: ngettext_lazy("%(count)s is signed", "%(count)s are signed", "number"),
    Stage.RATIFYING: ngettext_lazy(
        "%(count)s is undergoing ratification", "%(count)s are undergoing ratification", "number"
    ),
    Stage.SUSPENDED: ngettext_lazy("%(count)s is suspended", "%(count)s are suspended", "number"),
    Stage.TERMINATED: ngettext_lazy("%(count)s is terminated", "%(count)s are terminated", "number"),
    Stage.EXPIRED: ngettext_lazy("%(count)s has expired", "%(count)s have expired", "number"),
    Stage.SUPERSEDED: ngettext_lazy("%(count)s is superseded", "%(count)s are superseded", "number"),
    Stage.WITHDRAWN: ngettext_lazy("%(count)s is withdrawn", "%(count)s are withdrawn", "number"),
}
#: The order of the sentence: what is in force, then what comes nearest to it, at last what has ended.
_ORDER = (
    Stage.IN_FORCE, Stage.SUSPENDED, Stage.RATIFYING, Stage.SIGNED, Stage.SIGNING, Stage.INITIALLED,
    Stage.NEGOTIATING, Stage.MANDATED, Stage.PROPOSED, Stage.SUPERSEDED, Stage.TERMINATED, Stage.EXPIRED,
    Stage.WITHDRAWN,
)  # fmt: skip


def so_many(number: int) -> str:
    """Write a number as it stands before “agreements”: in words up to ten."""
    return str(_AGREEMENTS[number - 1]) if 1 <= number <= len(_AGREEMENTS) else grouped(number)


def of_them(number: int) -> str:
    """Write a number as it stands for agreements that were named: in words up to ten."""
    if 1 <= number <= len(_OF_THEM):
        return str(_OF_THEM[number - 1])
    return pgettext("so many of them", "%(number)s") % {"number": grouped(number)}


def standing(counted: Mapping[tuple[Stage | None, bool], int]) -> str:
    """Say how many agreements there are and where they stand, from how many stand at each stage, binding or not."""
    total = sum(counted.values())
    template: str | Promise = ngettext_lazy(
        "We follow %(count)s agreement: %(parts)s.", "We follow %(count)s agreements: %(parts)s.", "number"
    )
    parts = ", ".join(_parts(counted))
    return _capital(str(template % {"number": total, "count": so_many(total), "parts": parts}))


def _parts(counted: Mapping[tuple[Stage | None, bool], int]) -> Sequence[str]:
    found = []
    for stage in _ORDER:
        kinds = tuple(binding for binding in (False, True) if counted.get((stage, binding)))
        if number := sum(counted[stage, binding] for binding in kinds):
            template = _OPERATIVE[kinds] if stage == Stage.IN_FORCE else _STANDING[stage]
            found.append(str(template % {"number": number, "count": of_them(number)}))
    if number := sum(count for (stage, _binding), count in counted.items() if stage is None):
        found.append(_("perhaps begun: %(count)s") % {"count": of_them(number)})
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
