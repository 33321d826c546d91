"""Forgeries of the journal, past its triggers: one at a time at random, by one who can write whatever the tables take.

Most show in the chains themselves. Those whose kind begins with "owner" are by one who owns the database and makes the
chains agree again: only a seal that was kept elsewhere shows them.
"""

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import DatabaseError, connection, models, transaction

from agreements import clock, journal, seals
from agreements.models import Entry, EntryText
from agreements.models.base import Journalled

TABLES = {"agreements_entry": Entry, "agreements_entrytext": EntryText}


class Forgery(NamedTuple):
    """What was done, and to which chains; nothing was done where there are none."""

    what: str
    chains: frozenset[UUID] = frozenset()


class Tried(NamedTuple):
    """What became of a trial: how many forgeries of each kind were made, and those that were not found."""

    made: Counter[str]
    missed: list[str]


class _Undo(Exception):
    """Takes back what one round of a trial did."""


def sqlite() -> bool:
    """Whether the database is SQLite, which keeps values of any type in any column."""
    return connection.vendor == "sqlite"


def run(statement: str, parameters: list[Any] | None = None) -> None:
    """Run one statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def attempt(seed: int, forgeries: int) -> Tried:
    """Make that many forgeries that the database lets through, one at a time.

    Found means that every chain is named to which a changed entry belonged: by `verify`, or by the seal for those that
    make the chains agree again.
    """
    chance, made, missed = random.Random(seed), Counter[str](), []
    journal_now, sealed = _Journal.read(), seals.seal(clock.now())
    kinds, weights = list(_KINDS), [weight for weight, _act in _KINDS.values()]
    for _attempt in range(forgeries * 4):
        if made.total() == forgeries:
            break
        # Each kind once, then as they come.
        kind = kinds[made.total()] if made.total() < len(kinds) else chance.choices(kinds, weights)[0]
        with contextlib.suppress(_Undo, DatabaseError), transaction.atomic():
            done = _KINDS[kind][1](journal_now, chance)
            if done.chains:
                if kind.startswith("owner"):
                    found = {head.key for head, _what in seals.broken(sealed)}
                else:
                    found = {fault.subject for fault in journal.verify()}
                made[kind] += 1
                if done.chains - found:
                    missed.append(f"{kind}: {done.what}")
            raise _Undo
    return Tried(made, missed)


def forge(kind: str, seed: int) -> Forgery:
    """Make one forgery of a kind, and leave it standing."""
    done = _KINDS[kind][1](_Journal.read(), random.Random(seed))
    assert done.chains
    return done


# ---- what there is ----
class _Table(NamedTuple):
    """A table of the journal, with its rows as the database holds them; the key is the first column."""

    name: str
    columns: list[str]
    rows: list[tuple[Any, ...]]

    @classmethod
    def read(cls, name: str) -> "_Table":
        fields = sorted(TABLES[name]._meta.concrete_fields, key=lambda field: not field.primary_key)
        columns = [str(field.column) for field in fields]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(map(_stored, columns))} FROM {name} ORDER BY 1")
            return cls(name, columns, cursor.fetchall())


class _Journal(NamedTuple):
    """The tables of the journal, and the entries of each chain in their order, with their texts."""

    tables: list[_Table]
    chain_of: dict[UUID, UUID]
    chains: dict[UUID, list[Entry]]

    @classmethod
    def read(cls) -> "_Journal":
        chains: dict[UUID, list[Entry]] = {}
        for entry in Entry.objects.order_by("subject", "sequence").select_related("text"):
            chains.setdefault(entry.subject, []).append(entry)
        chain_of = {entry.pk: key for key, chain in chains.items() for entry in chain}
        return cls([_Table.read(name) for name in TABLES], chain_of, chains)

    def row(self, chance: random.Random) -> tuple[_Table, tuple[Any, ...]]:
        table = chance.choice(self.tables)
        return table, chance.choice(table.rows)

    def chain(self, chance: random.Random, *, at_least: int = 1) -> list[Entry]:
        """Return the entries of a chain anew, so that a forgery may change them."""
        long = sorted(key for key, chain in self.chains.items() if len(chain) >= at_least)
        key = chance.choice(long)
        return list(Entry.objects.filter(subject=key).order_by("sequence").select_related("text"))


def _stored(column: str) -> str:
    """Return an expression that SQLite's driver hands over as it is stored, whatever the type of the column."""
    return f"+{column}" if sqlite() else column


def _key(key: UUID) -> Any:
    return key.hex if sqlite() else key


# ---- forgeries that the chains show ----
def _value(now: _Journal, chance: random.Random) -> Forgery:
    """Change one value; nothing was done where it is stored as it was."""
    table, row = now.row(chance)
    place = chance.randrange(len(row))
    value = _other(row[place], [other[place] for other in table.rows], chance)
    return _set(now, table, row, place, value)


def _set(now: _Journal, table: _Table, row: tuple[Any, ...], place: int, value: Any) -> Forgery:
    key, column, before = table.columns[0], table.columns[place], row[place]
    run(f"UPDATE {table.name} SET {column} = %s WHERE {key} = %s", [value, row[0]])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_stored(column)} FROM {table.name} WHERE {key} = %s", [row[0]])
        (after,) = cursor.fetchone() or (value,)
    if (type(after), after) == (type(before), before):
        return Forgery("")
    chain = now.chain_of[UUID(str(row[0]))]
    return Forgery(f"{table.name}.{column} of {row[0]}: {before!r} -> {after!r}", frozenset((chain,)))


def _other(value: Any, column: list[Any], chance: random.Random) -> Any:
    """Return another value: that of another row, none, one of another type, or one that is nearly the same."""
    if chance.random() < 0.25:
        return chance.choice([*column, None, 0, "", str(value).swapcase(), str(value).encode()])
    match value:
        case None:
            return 7
        case bool():
            return not value
        case int():
            return value + chance.choice((-1, 1, 1000))
        case UUID():
            return uuid4()
        case datetime():
            return value + timedelta(microseconds=chance.choice((-1, 1, 10**6)))
        case date():
            return date(2000, 1, 1) if value in (date.min, date.max) else value + timedelta(days=chance.choice((-1, 1)))
        case str():
            return _flip(value, chance)
    raise AssertionError(type(value))


def _flip(text: str, chance: random.Random) -> str:
    """Return the text with one character changed, added or taken away."""
    if not text:
        return "x"
    place = chance.randrange(len(text))
    return chance.choice(
        (
            text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :],
            text[:place] + text[place + 1 :],
            text[:place] + "a" + text[place:],
        )
    )


def _swapped_values(now: _Journal, chance: random.Random) -> Forgery:
    """Let two rows exchange the values of a column that is not their key."""
    table = chance.choice(now.tables)
    one, other = chance.sample(table.rows, 2)
    place = chance.randrange(1, len(table.columns))
    if table.columns[place] == "sequence":
        return Forgery("")  # `_swapped_order`, which minds that numbers are unique
    done = [_set(now, table, one, place, other[place]), _set(now, table, other, place, one[place])]
    return Forgery(" and ".join(act.what for act in done), frozenset().union(*(act.chains for act in done)))


def _swapped_order(now: _Journal, chance: random.Random) -> Forgery:
    """Let two entries of a chain exchange their numbers."""
    one, other = chance.sample(now.chain(chance, at_least=2), 2)
    for entry, number in ((one, 10**6), (other, one.sequence), (one, other.sequence)):
        run("UPDATE agreements_entry SET sequence = %s WHERE id = %s", [number, _key(entry.pk)])
    return Forgery(f"{one.pk} and {other.pk} change places", frozenset((one.subject,)))


def _moved(now: _Journal, chance: random.Random) -> Forgery:
    """Let the last entry of a chain be the last of another one."""
    here, there = now.chain(chance), now.chain(chance)
    last = here[-1]
    if last.subject == there[0].subject:
        return Forgery("")
    run(
        "UPDATE agreements_entry SET subject = %s, sequence = %s WHERE id = %s",
        [_key(there[0].subject), len(there) + 1, _key(last.pk)],
    )
    return Forgery(f"{last.pk} was moved to {there[0].subject}", frozenset((last.subject, there[0].subject)))


def _removed(now: _Journal, chance: random.Random) -> Forgery:
    """Delete a text, or an entry with its text."""
    table, row = now.row(chance)
    _delete([UUID(str(row[0]))], only_texts=table.name == "agreements_entrytext")
    return Forgery(f"{table.name} without {row[0]}", frozenset((now.chain_of[UUID(str(row[0]))],)))


def _delete(keys: list[UUID], *, only_texts: bool = False) -> None:
    for key in keys:
        run("DELETE FROM agreements_entrytext WHERE entry_id = %s", [_key(key)])
        if not only_texts:
            run("DELETE FROM agreements_entry WHERE id = %s", [_key(key)])


def _cut(now: _Journal, chance: random.Random) -> Forgery:
    """Delete the last entries of a chain."""
    chain = now.chain(chance)
    lost = chain[chance.randrange(len(chain)) :]
    _delete([entry.pk for entry in lost])
    return Forgery(f"the last {len(lost)} of {chain[0].subject}", frozenset((chain[0].subject,)))


def _inserted(now: _Journal, chance: random.Random) -> Forgery:
    """Add an entry at the end of a chain, or in the middle where the later ones move: it follows, or it does not."""
    chain = now.chain(chance)
    at = chance.choice((len(chain), chance.randrange(len(chain) + 1)))
    for entry in reversed(chain[at:]):
        run("UPDATE agreements_entry SET sequence = %s WHERE id = %s", [entry.sequence + 1, _key(entry.pk)])
    follows = chance.random() < 0.5
    new = _copied(chance.choice(chain), sequence=at + 1, previous=chain[at - 1].digest if at and follows else "")
    return Forgery(f"{new.pk} as {at + 1} of {new.subject}", frozenset((new.subject,)))


def _foreign(now: _Journal, chance: random.Random) -> Forgery:
    """Begin a chain, well made, of a record that nobody knows."""
    new = _copied(chance.choice(now.chain(chance)), sequence=1, previous="", subject=uuid4())
    return Forgery(f"a chain of {new.subject}", frozenset((new.subject,)))


def _copied(entry: Entry, **columns: Any) -> Entry:
    """Insert a copy of an entry and its text, with its own key and its right digest."""
    new = Entry(**{field.attname: getattr(entry, field.attname) for field in Entry._meta.concrete_fields})
    for name, value in ({"id": uuid4(), "voids_id": None} | columns).items():
        setattr(new, name, value)
    new.digest = journal.digest_of(new)
    Entry.objects.bulk_create([new])
    EntryText.objects.bulk_create([EntryText(entry=new, salt=entry.text.salt, content=entry.text.content)])
    return new


# ---- forgeries of one who owns the database and makes the chains agree again ----
def _rechain(chain: list[Entry]) -> None:
    """Write the numbers, the digests and the count of a chain anew."""
    before = ""
    for number, entry in enumerate(chain, 1):
        entry.sequence, entry.previous = number, before
        entry.digest = before = journal.digest_of(entry)
    columns = [field.attname for field in Entry._meta.concrete_fields if not field.primary_key]
    Entry.objects.filter(subject=chain[0].subject).update(sequence=models.F("sequence") + 10**6)
    for entry in chain:
        Entry.objects.filter(pk=entry.pk).update(**{name: getattr(entry, name) for name in columns})
    _count(chain[0].subject, len(chain))


def _count(subject: UUID, entries: int) -> None:
    for model in Journalled.__subclasses__():
        model._base_manager.filter(pk=subject).update(version=entries)


def _owner_changes(now: _Journal, chance: random.Random) -> Forgery:
    """Tell another place, day, name or source, or put all of a chain a day back, and follow it through."""
    chain = now.chain(chance)
    entry = chance.choice(chain)
    name = chance.choice(("place", "evidence", "source", "actor_name", "legal_basis", "latest", "recorded_at"))
    for each in chain if name == "recorded_at" else [entry]:
        before = getattr(each, name)
        after = f"{before}x" if isinstance(before, str) else before + timedelta(days=1 if name == "latest" else -1)
        setattr(each, name, after)
    _rechain(chain)
    return Forgery(f"{name} of {entry.pk}, followed through", frozenset((entry.subject,)))


def _owner_rewrites(now: _Journal, chance: random.Random) -> Forgery:
    """Put another text beside an entry, with its digest, and follow it through."""
    chain = now.chain(chance)
    entry = chance.choice(chain)
    salt, content = uuid4().hex, journal.canonical({"what": "Another text."})
    EntryText.objects.filter(pk=entry.pk).update(salt=salt, content=content)
    entry.text_digest = journal.digest_of_text(salt, content)
    _rechain(chain)
    return Forgery(f"the text of {entry.pk}, followed through", frozenset((entry.subject,)))


def _owner_reorders(now: _Journal, chance: random.Random) -> Forgery:
    """Let two entries change places, with all numbers, moments and digests."""
    chain = now.chain(chance, at_least=2)
    one, other = sorted(chance.sample(range(len(chain)), 2))
    chain[one], chain[other] = chain[other], chain[one]
    chain[one].recorded_at, chain[other].recorded_at = chain[other].recorded_at, chain[one].recorded_at
    _rechain(chain)
    return Forgery(f"{chain[one].pk} and {chain[other].pk} change places", frozenset((chain[0].subject,)))


def _owner_cuts(now: _Journal, chance: random.Random) -> Forgery:
    """Cut off the end of a chain, up to all of it, with the count that would tell."""
    chain = now.chain(chance)
    left = chance.randrange(len(chain))
    _delete([entry.pk for entry in chain[left:]])
    _count(chain[0].subject, left)
    return Forgery(f"the last {len(chain) - left} of {chain[0].subject}", frozenset((chain[0].subject,)))


def _owner_forgets(now: _Journal, chance: random.Random) -> Forgery:
    """Remove a record and everything that was ever written of it."""
    chain = now.chain(chance)
    subject = chain[0].subject
    _delete([entry.pk for entry in chain])
    for model in Journalled.__subclasses__():
        model._base_manager.filter(pk=subject)._raw_delete(connection.alias)
    return Forgery(f"all of {subject}", frozenset((subject,)))


def _owner_takes_out(now: _Journal, chance: random.Random) -> Forgery:
    """Take one entry out of the middle, and close the gap."""
    chain = now.chain(chance, at_least=2)
    lost = chain.pop(chance.randrange(len(chain)))
    _delete([lost.pk])
    _rechain(chain)
    return Forgery(f"{lost.pk} was taken out", frozenset((lost.subject,)))


def _owner_puts_in(now: _Journal, chance: random.Random) -> Forgery:
    """Put an entry before another one, as if it had always been there."""
    chain = now.chain(chance)
    at = chance.randrange(len(chain))
    new = _copied(chain[at], sequence=10**5)
    new = Entry.objects.select_related("text").get(pk=new.pk)
    _rechain([*chain[:at], new, *chain[at:]])
    return Forgery(f"{new.pk} as {at + 1} of {new.subject}", frozenset((new.subject,)))


#: Each with how often it is chosen. Single values are the most: there are so many columns, and ways to spoil one.
_KINDS: dict[str, tuple[int, Callable[[_Journal, random.Random], Forgery]]] = {
    "value": (44, _value),
    "swapped values": (8, _swapped_values),
    "swapped order": (5, _swapped_order),
    "moved": (5, _moved),
    "removed": (4, _removed),
    "cut": (4, _cut),
    "inserted": (5, _inserted),
    "foreign": (3, _foreign),
    "owner changes": (4, _owner_changes),
    "owner rewrites": (4, _owner_rewrites),
    "owner reorders": (3, _owner_reorders),
    "owner cuts": (3, _owner_cuts),
    "owner forgets": (2, _owner_forgets),
    "owner takes out": (3, _owner_takes_out),
    "owner puts in": (3, _owner_puts_in),
}
KINDS = frozenset(_KINDS)
