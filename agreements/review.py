"""The review of rights: what every account holds, what is to be looked at, and that somebody has looked through it.

Who keeps the accounts reviews all of them, a head the accounts of her unit. What was reviewed is kept as the digest of
its table, so that a table that was printed can be told from another one.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements import access, clock, registers
from agreements.choices import Level
from agreements.dates import FuzzyDate
from agreements.guards import Reason, Refused
from agreements.journal import canonical
from agreements.models import ApiToken, Delegation, RightsReview, Share, Unit, User
from agreements.registers import NOT_PERMITTED
from agreements.reports import FORMATS
from agreements.reports.document import Cell, Document, Stamp, Table
from agreements.rights import Holding, holdings, with_rights

#: After so many days without signing in an account is dormant.
DORMANT = 90
REMARK_MISSING = Reason("remark-missing", gettext_lazy("Say what the review found."), asked="remark", firm=True)
#: The longest remark, in characters.
REMARK_LENGTH = 4000
#: The formats in which the table is handed over.
FORMS = ("csv", "xlsx")


class Notice(models.TextChoices):
    """What of an account is to be looked at."""

    DORMANT = "dormant", gettext_lazy("not signed in for 90 days")
    NEVER = "never", gettext_lazy("never signed in")
    LEFT = "left", gettext_lazy("deactivated, and still holds something")
    NO_FACTOR = "no_factor", gettext_lazy("no second factor, though one is demanded")
    SUPERUSER = "superuser", gettext_lazy("superuser: all rights")
    NO_ROLE = "no_role", gettext_lazy("no role")


@dataclass(frozen=True)
class Row:
    """What one account holds, and what of it is to be looked at."""

    holding: Holding
    second_factor: bool
    tokens: int
    shares: int
    absent: Sequence[Delegation]
    notices: Sequence[Notice]

    @property
    def user(self) -> User:
        """The account."""
        return self.holding.user

    @property
    def level(self) -> Promise | str:
        """The access level in words."""
        return Level(self.user.access_level).label

    @property
    def notice_words(self) -> str:
        """What is to be looked at, in words."""
        return ", ".join(str(notice.label) for notice in self.notices)

    @property
    def delegation_words(self) -> str:
        """In whose place the account acts today, and who acts in its place."""
        told = [_("acts for %(who)s") % {"who": one.absent} for one in self.holding.delegations]
        told += [_("%(who)s acts for it") % {"who": one.deputy} for one in self.absent]
        return ", ".join(told)

    def data(self) -> dict[str, Any]:
        """Return the row as plain values, of which the digest is taken."""
        user = self.user
        return {
            "user": user.username,
            "unit": user.unit.code if user.unit else None,
            "active": user.is_active,
            "roles": list(self.holding.roles),
            "rights": list(self.holding.rights),
            "given": list(self.holding.given),
            "level": user.access_level,
            "second_factor": self.second_factor,
            "last_login": user.last_login,
            "tokens": self.tokens,
            "shares": self.shares,
            "acts_for": [one.absent.username for one in self.holding.delegations],
            "deputies": [one.deputy.username for one in self.absent],
            "notices": [notice.value for notice in self.notices],
        }


@dataclass(frozen=True)
class Reviewed:
    """The accounts of a unit, or all of them, as they stand now."""

    unit: Unit | None
    rows: Sequence[Row]

    @property
    def noticed(self) -> int:
        """How many accounts there are with something to look at."""
        return sum(bool(row.notices) for row in self.rows)

    @property
    def digest(self) -> str:
        """The digest of all that the table says."""
        return hashlib.sha256(canonical([row.data() for row in self.rows]).encode()).hexdigest()


# ---- who ----
def reach(user: User) -> Sequence[Unit | None] | None:
    """Return whose rights a user may review: units, None among them for everybody; nothing without the right."""
    if access.may(user, "accounts"):
        return [None, *Unit.objects.order_by("name_en", "pk")]
    return [user.unit] if user.unit is not None and access.may(user, "unit") else None


def may_review(user: User, unit: Unit | None) -> bool:
    """Whether a user may review the rights of a unit, or those of everybody."""
    if access.may(user, "accounts"):
        return True
    return unit is not None and unit.pk == user.unit_id and access.may(user, "unit")


# ---- the table ----
def look(unit: Unit | None = None) -> Reviewed:
    """Return what every account holds: those in use, and of the others those that still hold something."""
    users = User.objects.filter(unit=unit) if unit else User.objects.all()
    held = holdings(with_rights(users).order_by("last_name", "first_name", "username"))
    keys = {one.user.pk for one in held}
    factors = set(Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user", flat=True))
    tokens = _counted(ApiToken.objects.filter(user__in=keys).in_use())
    shares = _counted(Share.objects.in_force().filter(user__in=keys))
    of_units = Counter(Share.objects.in_force().filter(unit__isnull=False).values_list("unit", flat=True))
    absences: dict[UUID, list[Delegation]] = {}
    for one in Delegation.objects.running().select_related("absent", "deputy").order_by("starts_on", "pk"):
        absences.setdefault(one.absent_id, []).append(one)
    rows = []
    for one in held:
        user = one.user
        counted = shares.get(user.pk, 0) + (of_units[user.unit_id] if user.unit_id else 0)
        absent = absences.get(user.pk, [])
        kept = tokens.get(user.pk, 0)
        if not user.is_active and not (kept or counted or absent or user.is_superuser):
            continue
        has_factor = user.pk in factors
        notices = tuple(_notices(one, has_factor))
        rows.append(Row(one, has_factor, kept, counted, absent, notices))
    return Reviewed(unit, rows)


def _counted(rows: QuerySet[Any]) -> Mapping[UUID, int]:
    return dict(rows.order_by().values("user").annotate(number=Count("pk")).values_list("user", "number"))


def _notices(holding: Holding, has_factor: bool) -> Iterator[Notice]:
    user, long_ago = holding.user, clock.now() - timedelta(days=DORMANT)
    if not user.is_active:
        yield Notice.LEFT
        return
    if not user.is_service:
        if user.last_login is None and user.date_joined < long_ago:
            yield Notice.NEVER
        elif user.last_login is not None and user.last_login < long_ago:
            yield Notice.DORMANT
        demanded = settings.SECOND_FACTOR == "all" or (settings.SECOND_FACTOR == "writers" and holding.rights)
        if demanded and not has_factor:
            yield Notice.NO_FACTOR
    if user.is_superuser:
        yield Notice.SUPERUSER
    elif not holding.roles:
        yield Notice.NO_ROLE


# ---- as a document ----
def document(table: Reviewed, *, author: str = "") -> Document:
    """Return the table as a document, which every format of reports renders."""
    moment = timezone.localtime(clock.now())
    everybody = table.unit is None
    stamps = [
        Stamp(_("Accounts of"), _("the whole register") if everybody else str(table.unit)),
        Stamp(_("As of"), f"{FuzzyDate.of_day(moment.date())}, {moment:%H:%M}"),
        Stamp(_("Digest"), table.digest),
    ]
    return Document(
        title=_("Review of rights"),
        subtitle="",
        marking="",
        stamps=stamps,
        blocks=[Table(_("Accounts"), _columns(), [_cells(row) for row in table.rows], empty=_("No accounts."))],
        wide=True,
        author=author,
        known_at=moment,
    )


def _columns() -> list[str]:
    return [
        *(_("Account"), _("Name"), _("Unit"), _("In use"), _("Roles"), _("Rights"), _("Access level")),
        *(_("Second factor"), _("Last sign-in"), _("Tokens"), _("Shares"), _("Delegations"), _("To be looked at")),
    ]


def _cells(row: Row) -> list[Cell]:
    user, yes, no = row.user, _("yes"), _("no")
    last = timezone.localtime(user.last_login).date() if user.last_login else None
    return [
        Cell(user.username),
        Cell(user.get_full_name()),
        Cell(str(user.unit or "")),
        Cell(yes if user.is_active else no),
        Cell(row.holding.role_words),
        Cell(row.holding.right_words, notes=[row.holding.given_words] if row.holding.given else []),
        Cell(str(row.level)),
        Cell(yes if row.second_factor else no),
        Cell.day(last),
        Cell.count(row.tokens),
        Cell.count(row.shares),
        Cell(row.delegation_words),
        Cell(row.notice_words, alert=bool(row.notices)),
    ]


def render(table: Reviewed, form: str, language: str, *, author: str = "") -> str | bytes:
    """Return the table in a format of reports, in the active language. Raises KeyError for one that has no document."""
    write = FORMATS[form].render
    if write is None:
        raise KeyError(form)
    return write(document(table, author=author), language)


# ---- signing it off ----
def sign(*, by: User, remark: str, unit: Unit | None = None) -> RightsReview:
    """Record that the rights were looked through, with what was found. Raises Refused."""
    if not may_review(by, unit):
        raise Refused(NOT_PERMITTED)
    reasons = [] if remark.strip() else [REMARK_MISSING]
    reasons += registers.spelling({"reason": remark})
    if reasons:
        raise Refused(*reasons)
    with transaction.atomic():
        table = look(unit)
        review = RightsReview(
            at=clock.now(),
            by=by,
            unit=unit,
            remark=remark.strip(),
            accounts=len(table.rows),
            noticed=table.noticed,
            digest=table.digest,
        )
        review.full_clean()
        review.save(force_insert=True)
    return review
