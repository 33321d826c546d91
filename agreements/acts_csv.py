"""Tables of acts as people keep them - spreadsheets saved as CSV, tables of depositaries - read into acts of parties.

Headers, kinds of acts, names and dates are read as people write them, in English, Russian or Kazakh. Every complaint
names its row (as a spreadsheet numbers it: the header is row 1) and its column; where there is one, no act is returned.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from django.utils.translation import gettext as _

from agreements import names
from agreements.choices import ActionKind, PartyKind, SignatureManner
from agreements.dates import BadDate, FuzzyDate, render_day
from agreements.import_choices import TableKind
from agreements.misfits import contradictions
from agreements.names import BadName, KnownParty
from agreements.tabular import fields, wording
from agreements.tabular.dating import DateFormat, is_ambiguous, read_date
from agreements.tabular.heading import plain
from agreements.tabular.layout import Remark, Unreadable
from agreements.tabular.text import encoding_of, judged_remark
from agreements.tabular.wording import Word
from agreements.tracks import Act, Participant

#: Larger files are not tables of acts; a longer cell is a mistake in quoting.
MAX_BYTES, MAX_ROWS, MAX_CELL = 5_000_000, 20_000, 2_000
#: More complaints than these help nobody, nor do more titles in one.
MAX_PROBLEMS, _TITLES = 200, 20

_DELIMITERS = (",", ";", "\t")
_DIRECTIVE = re.compile(r"sep=([,;\t|])\r?\n")
#: What people write into a cell that has nothing to say.
_NOTHING = frozenset({"-", "–", "—", "n/a", "N/A"})
_FOOTNOTE = re.compile(r"\s*[\[(]\d+[\])]$|\s*\*+$")
#: A letter after a date is read here: a table may explain it otherwise.
_FORMAT = DateFormat(letters=False)
_LETTER = re.compile(r"(.*\d)\s*([A-Za-z]{1,2})$")


@dataclass(frozen=True)
class Line:
    """An act and the row that it was read from; `agreement` is the treaty that the row names, if it names one."""

    row: int
    act: Act
    agreement: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class Reading:
    """What was read: acts, or the problems because of which there are none. Notes say what was taken how."""

    lines: tuple[Line, ...] = ()
    problems: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts in the order of their rows."""
        return tuple(line.act for line in self.lines)

    @property
    def impossible(self) -> tuple[Remark, ...]:
        """What nobody can have done as the rows tell it; an import refuses the same when it records them."""
        found = contradictions(self.acts)
        return tuple(
            Remark(self.lines[place].row, "", misfit.sentence(str(names.known(self.lines[place].act.party))))
            for place, misfit in found
        )

    @property
    def agreements(self) -> tuple[str, ...]:
        """The agreements that the rows name."""
        return tuple(dict.fromkeys(line.agreement for line in self.lines if line.agreement))

    @property
    def parties(self) -> dict[str, KnownParty]:
        """The parties that act, by code."""
        codes = dict.fromkeys(line.act.party for line in self.lines)
        return {code: party for code in codes if (party := names.known(code))}


def read(content: bytes | str, agreement: str = "") -> Reading:
    """Read a table of acts, or only its rows about one agreement. What is wrong stands in `problems`, all of it."""
    return _Reader(plain(agreement)).read(content)


def participants(acting: Iterable[str], named: Iterable[str] = ()) -> dict[str, Participant]:
    """Return parties that are known as participants of an agreement: those that act, and may have joined by it, and
    those that are named as taking part from the start.
    """
    original = dict.fromkeys(named)
    return {
        code: Participant(
            code,
            party.names,
            party.kind == PartyKind.ORGANISATION,
            party.memberships,
            party.until,
            joined=code not in original,
        )
        for code in (*acting, *original)
        if (party := names.known(code))
    }


# ---- words ----
_SIGNATURE = Word(ActionKind.SIGNATURE)


@dataclass(frozen=True)
class _Column:
    """What stands in a column. One of dates of acts has a word, and words for the letters after a date."""

    role: str
    title: str
    word: Word | None = None
    letters: Mapping[str, Word] = field(default_factory=dict)

    @property
    def dated(self) -> bool:
        """Whether its cells are dates."""
        return self.role in ("act", "on", "received", "effective")


#: What stands in columns besides the acts that they are named after; a source is told among the remarks.
_ROLES = {
    name: name
    for name in (
        "agreement",
        "party",
        "kind",
        "on",
        "received",
        "effective",
        "manner",
        "scope",
        "target",
        "id",
        "remarks",
    )
} | {"source": "remarks"}


@cache
def _headers() -> Mapping[str, str]:
    return {word: _ROLES[name] for word, name in fields.headers(TableKind.ACTIONS).items() if name in _ROLES}


# ---- reading ----
@dataclass
class _Dated:
    """A date of a cell, with the act that its column or its letter says."""

    column: _Column
    when: FuzzyDate
    word: Word | None


@dataclass
class _Reader:
    only: str = ""
    agreements: dict[str, None] = field(default_factory=dict)
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    #: Dates such as 03/04/2013 by column: how many, and the first.
    either: dict[str, list[tuple[int, str, FuzzyDate]]] = field(default_factory=dict)

    def read(self, content: bytes | str) -> Reading:
        text = self.decode(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
        if len(text) > MAX_BYTES:
            self.wrong(0, "", _("The file is too large: at most %(size)s MB.") % {"size": MAX_BYTES // 1_000_000})
        lines = [] if self.problems else self.lines(text)
        for column, found in self.either.items():
            row, written, when = found[0]
            self.notes.append(
                Remark(
                    row,
                    column,
                    _("“%(text)s” is read as %(day)s: the day comes first. Such dates in this column: %(number)s.")
                    % {"text": written, "day": render_day(when.earliest), "number": len(found)},
                )
            )
        if self.problems:
            return Reading((), tuple(sorted(self.problems, key=lambda one: one.row)), tuple(self.notes))
        return Reading(tuple(lines), (), tuple(self.notes))

    def wrong(self, row: int, column: str, sentence: str) -> None:
        self.problems.append(Remark(row, column, sentence))

    # ---- the file ----
    def decode(self, content: bytes) -> str:
        if len(content) > MAX_BYTES:
            self.wrong(0, "", _("The file is too large: at most %(size)s MB.") % {"size": MAX_BYTES // 1_000_000})
            return ""
        try:
            encoding, judged = encoding_of(io.BytesIO(content))
            text = content.decode(encoding)
        except Unreadable as error:
            self.wrong(0, "", str(error))
            return ""
        if judged:
            self.notes.append(judged_remark(encoding))
        return text

    def records(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty, with their numbers."""
        first = 1
        if directive := _DIRECTIVE.match(text):
            text, delimiter, first = text[directive.end() :], directive[1], 2
        else:
            delimiter = self.delimiter(text[: text.find("\n")] if "\n" in text else text)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        number = first - 1
        try:
            for number, cells in enumerate(rows, start=first):
                if any(cell.strip() for cell in cells):
                    yield number, [" ".join(cell.split()) for cell in cells]
        except csv.Error as error:
            self.wrong(
                number + 1, "", _("The row cannot be read; look at its quotation marks (%(error)s).") % {"error": error}
            )

    def delimiter(self, head: str) -> str:
        """Return what parts the titles: in “Ratification, Accession(a)” the comma is within one."""

        def understood(delimiter: str) -> tuple[bool, int, int]:
            try:
                titles = next(csv.reader([head], delimiter=delimiter), [])
            except csv.Error:  # what is wrong is told of the row
                return False, 0, 0
            known = [column.role for column in map(self.column, titles) if column.role]
            return "party" in known, len(known), len(titles)

        return max(_DELIMITERS, key=understood)

    def lines(self, text: str) -> list[Line]:
        records = self.records(text)
        top, header = next(records, (0, []))
        if not header:
            if not self.problems:
                self.wrong(0, "", _("The file is empty."))
            return []
        columns = self.columns(top, header)
        if self.problems:
            return []
        found: list[Line] = []
        for count, (row, cells) in enumerate(records, start=1):
            if count > MAX_ROWS:
                self.wrong(row, "", _("There are too many rows: at most %(number)s.") % {"number": MAX_ROWS})
                break
            if len(self.problems) > MAX_PROBLEMS:
                self.wrong(row, "", _("The rest of the file was not looked at: there are too many problems."))
                break
            if self.asked(cells, columns):
                found += self.row(row, cells, columns)
        if not found and not self.problems:
            self.wrong(
                0,
                "",
                _("No row is about the agreement that is asked for. There are: %(known)s.")
                % {"known": ", ".join(self.agreements) or "–"}
                if self.only
                else _("There are no acts in the file."),
            )
        return self.checked(found)

    # ---- headers ----
    def columns(self, row: int, header: Sequence[str]) -> list[_Column]:
        columns = [self.column(title) for title in header]
        roles = [column.role for column in columns]
        if "kind" in roles and not {"on", "received"} & set(roles):
            # "Type, signed": the day of the instrument, not a signature beside it.
            dated = [place for place, column in enumerate(columns) if column.word]
            consents = [place for place in dated if columns[place].word != _SIGNATURE]
            dated = consents or dated
            if len(dated) == 1:
                columns[dated[0]] = _Column("on", columns[dated[0]].title)
        for role in dict.fromkeys(roles):
            same = [column.title for column in columns if column.role == role]
            if len(same) > 1 and role not in ("", "act", "remarks", "party"):
                self.wrong(
                    row, same[1], _("This means the same as the column “%(other)s”. Keep one.") % {"other": same[0]}
                )
        if "party" not in roles:
            self.wrong(row, "", _("No column names the parties. Call one “party” or “country”."))
        if not {"on", "received", "act"} & {column.role for column in columns}:
            self.wrong(
                row, "", _("No column gives the days of the acts. Call one “date”, or after an act: “ratification”.")
            )
        unused = [column.title for column in columns if not column.role and column.title]
        if unused:
            titles = ", ".join([*unused[:_TITLES], *["…"][: len(unused) - _TITLES]])
            self.notes.append(Remark(row, "", _("These columns are not read: %(titles)s.") % {"titles": titles}))
        return columns

    def column(self, title: str) -> _Column:
        if role := _headers().get(plain(title)):
            return _Column(role, title)
        word, explained = wording.of_header(title)
        if word is None:
            return _Column("", title)
        meant = {letter: known for letter, known in {**wording.letters(), **explained}.items() if known is not None}
        return _Column("act", title, word, meant)

    # ---- rows ----
    def asked(self, cells: list[str], columns: Sequence[_Column]) -> bool:
        """Whether a row is about the agreement that is asked for."""
        told = [cell for column, cell in zip(columns, cells, strict=False) if column.role == "agreement" and cell]
        self.agreements |= dict.fromkeys(told)
        return not self.only or any(plain(cell) == self.only for cell in told)

    def row(self, row: int, cells: list[str], columns: Sequence[_Column]) -> list[Line]:
        before = len(self.problems)
        if any(cells[len(columns) :]):
            self.wrong(row, "", _("The row has more cells than the header."))
            return []
        given: dict[str, str] = {}
        dated: list[_Dated] = []
        named: list[tuple[str, str]] = []
        by_role = {column.role: column for column in columns}
        for column, cell in zip(columns, cells, strict=False):
            if not cell or not column.role or (cell in _NOTHING and column.role != "party"):
                continue
            if len(cell) > MAX_CELL:
                self.wrong(
                    row, column.title, _("The text is too long: at most %(number)s signs.") % {"number": MAX_CELL}
                )
            elif column.dated:
                if entry := self.dated(row, column, cell):
                    dated.append(entry)
            elif column.role == "party":
                named.append((column.title, cell))
            else:
                given[column.role] = f"{given[column.role]}; {cell}" if column.role in given else cell
        party = self.party(row, named or [(by_role["party"].title, "")])
        acts = self.acts(row, given, dated, by_role) if len(self.problems) == before else []
        if len(self.problems) > before or party is None:
            return []
        if late := next((act.on for act in acts if party.until and act.on.earliest > party.until), None):
            told = {"party": party, "day": render_day(party.until or late.earliest)}
            self.notes.append(
                Remark(row, by_role["party"].title, _("%(party)s was no more after %(day)s; this act is later.") % told)
            )
        return [
            Line(row, replace(act, party=party.code), given.get("agreement", ""), given.get("remarks", ""))
            for act in acts
        ]

    def party(self, row: int, named: Sequence[tuple[str, str]]) -> KnownParty | None:
        """Return the party of a row; a code and a name beside it must mean the same one."""
        found: dict[str, KnownParty] = {}
        for column, text in named:
            try:
                party = names.find(text)
            except BadName as error:
                self.wrong(row, column, str(error) if text else _("Name the party."))
                return None
            if found and party.code not in found:
                told = {"text": text, "other": named[0][1]}
                self.wrong(row, column, _("“%(text)s” is not the same party as “%(other)s”.") % told)
                return None
            found[party.code] = party
        return next(iter(found.values()))

    def dated(self, row: int, column: _Column, cell: str) -> _Dated | None:
        text, word = _FOOTNOTE.sub("", cell), column.word
        try:
            when = self.date(row, column, text)
            return _Dated(column, when, word) if when else None
        except BadDate as error:
            refusal = str(error)
        match = _LETTER.match(text)
        if match and column.role in ("act", "on"):
            letters = column.letters or wording.letters()
            if match[2] not in letters:
                self.wrong(
                    row,
                    column.title,
                    _("The letter “%(letter)s” after the date is not known. Use one of: %(known)s.")
                    % {"letter": match[2], "known": ", ".join(sorted(letters))},
                )
                return None
            try:
                when = self.date(row, column, match[1])
                return _Dated(column, when, letters[match[2]]) if when else None
            except BadDate as error:
                refusal = str(error)
        self.wrong(row, column.title, refusal)
        return None

    def date(self, row: int, column: _Column, text: str) -> FuzzyDate | None:
        """Return what a cell says; what is doubtful is asked back."""
        read = read_date(text, _FORMAT)
        if read.doubtful:
            raise BadDate(read.note)
        if read.note:
            self.notes.append(Remark(row, column.title, read.note))
        if read.date and is_ambiguous(text):
            self.either.setdefault(column.title, []).append((row, text, read.date))
        return read.date

    # ---- acts ----
    def acts(
        self, row: int, given: Mapping[str, str], dated: Sequence[_Dated], by_role: Mapping[str, _Column]
    ) -> list[Act]:
        """Return the acts of a row: that of its kind and date, and one for each date in a column named after an act."""
        days = {entry.column.role: entry for entry in dated if entry.column.role != "act"}
        others = [entry for entry in dated if entry.column.role == "act"]
        received, effective = days.get("received"), days.get("effective")
        stated = days.get("on") or received
        before = len(self.problems)
        word, manner = self.kind(row, given, days.get("on"), by_role), self.manner(row, given, by_role)
        if len(self.problems) > before:
            return []
        side = [self.act(entry.word, entry, {}) for entry in others if entry.word]
        if stated and word:
            main = self.act(word, stated, given)
        elif word:
            self.wrong(row, by_role["kind"].title, _("The day of this act is missing."))
            return []
        elif "on" in days or (stated and not side):
            column = (days.get("on") or days["received"]).column
            self.wrong(row, column.title, _("The kind of act that was done on this day is missing."))
            return []
        elif side:
            # What the row says of receipt and effect concerns the consent, not the signature before it.
            main = ([act for act in side if act.kind != ActionKind.SIGNATURE] or side)[-1]
            side = [act for act in side if act is not main]
        else:
            self.wrong(
                row,
                effective.column.title if effective else "",
                _("A day of entry into force is stated, but no act of the party.")
                if effective
                else _("The row states no act."),
            )
            return []
        main = replace(
            main,
            received=received.when if received else None,
            effective=effective.when if effective else None,
            manner=manner or main.manner,
            scope=given.get("scope", ""),
            target=given.get("target", ""),
            id=given.get("id") or f"r{row}",
        )
        return [*(replace(act, id=f"r{row}.{place}") for place, act in enumerate(side, start=1)), main]

    def act(self, word: Word, stated: _Dated, given: Mapping[str, str]) -> Act:
        kind = ActionKind.DENUNCIATION if word.either and not given.get("target") else word.kind
        return Act("", kind, stated.when, manner=word.manner)

    def kind(
        self, row: int, given: Mapping[str, str], on: _Dated | None, by_role: Mapping[str, _Column]
    ) -> Word | None:
        text, letter = given.get("kind", ""), on.word if on else None
        if not text:
            return letter
        word = wording.acts().get(plain(text)) or wording.letters().get(text)
        if word is None:
            self.wrong(
                row,
                by_role["kind"].title,
                _("“%(text)s” is not known as an act. Write one such as: %(known)s.")
                % {"text": text, "known": ", ".join(str(kind.label).lower() for kind in _USUAL)},
            )
        elif letter and letter.kind != word.kind:
            self.wrong(
                row,
                by_role["kind"].title,
                _("“%(text)s” and the letter after the date do not say the same act.") % {"text": text},
            )
        elif word.either and not given.get("target"):
            self.notes.append(
                Remark(row, by_role["kind"].title, _("“%(text)s” is read as leaving the agreement.") % {"text": text})
            )
        return word

    def manner(self, row: int, given: Mapping[str, str], by_role: Mapping[str, _Column]) -> str:
        text = given.get("manner", "")
        if not text:
            return ""
        found = wording.manners().get(plain(text), "")
        if not found:
            self.wrong(
                row,
                by_role["manner"].title,
                _("“%(text)s” is not known as a manner of signing. Use one of: %(known)s.")
                % {"text": text, "known": ", ".join(SignatureManner.values)},
            )
        return found

    # ---- all rows together ----
    def checked(self, lines: list[Line]) -> list[Line]:
        rows: dict[str, int] = {}
        same: dict[tuple[object, ...], int] = {}
        for line in lines:
            act = line.act
            if act.id in rows:
                self.wrong(
                    line.row,
                    "",
                    _("The id “%(id)s” is already that of row %(row)s.") % {"id": act.id, "row": rows[act.id]},
                )
            rows.setdefault(act.id, line.row)
            key = (line.agreement, act.party, act.kind, act.on, act.received, act.scope, act.target)
            if key in same:
                self.wrong(line.row, "", _("The same act is already in row %(row)s.") % {"row": same[key]})
            same.setdefault(key, line.row)
        return [self.aimed(line, rows) for line in lines]

    def aimed(self, line: Line, rows: Mapping[str, int]) -> Line:
        act = line.act
        if not act.target:
            if act.kind in ActionKind.aimed():
                self.wrong(line.row, "", _("Name the act that it concerns, by its id or row, in a column “target”."))
            return line
        target = next((name for name in (act.target, f"r{act.target}") if name in rows and name != act.id), None)
        if target is None:
            self.wrong(line.row, "", _("No row has the id “%(id)s” that is named as target.") % {"id": act.target})
            return line
        return replace(line, act=replace(act, target=target))


#: The acts that are named where a word is not known.
_USUAL: Iterable[ActionKind] = (
    ActionKind.SIGNATURE,
    ActionKind.RATIFICATION,
    ActionKind.ACCEPTANCE,
    ActionKind.APPROVAL,
    ActionKind.ACCESSION,
    ActionKind.SUCCESSION,
    ActionKind.NOTIFICATION,
    ActionKind.DENUNCIATION,
)
