"""Our own reading of what RFC 5545 asks of a file of events, apart from the library that writes it."""

import re
from collections.abc import Iterator
from datetime import datetime

LONGEST_LINE = 75
ONCE = ("UID", "DTSTAMP", "DTSTART")
AT_MOST_ONCE = (
    *("DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "SEQUENCE", "LAST-MODIFIED", "URL"),
)
WORDS = {
    "STATUS": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
    "CLASS": {"PUBLIC", "PRIVATE", "CONFIDENTIAL"},
}
_LINE = re.compile(r'(?P<name>[A-Z0-9-]+)(?P<parameters>(;[A-Z0-9-]+=("[^"]*"|[^":;,]*))*):(?P<value>.*)', re.DOTALL)


def lines(file: bytes) -> list[tuple[str, str, str]]:
    """Return the lines of a file, unfolded, as name, parameters and value. Fails where they are not as they must be."""
    assert file.endswith(b"\r\n")
    raw = file.split(b"\r\n")[:-1]
    assert not [line for line in raw if b"\n" in line or b"\r" in line], "ends of lines are CRLF"
    assert not [line for line in raw if len(line) > LONGEST_LINE], "lines have 75 octets at most"
    assert all(line.decode() or True for line in raw), "no letter is torn apart"
    found = []
    for line in file.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]:
        match = _LINE.fullmatch(line)
        assert match, line
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", match["value"]), "no control characters"
        found.append((match["name"], match["parameters"], match["value"]))
    return found


def components(file: bytes) -> Iterator[dict[str, list[tuple[str, str]]]]:
    """Yield the file and then each of its events: parameters and values by name. Fails on what does not conform."""
    every = lines(file)
    assert every[0][::2] == ("BEGIN", "VCALENDAR")
    assert every[-1][::2] == ("END", "VCALENDAR")
    outer: dict[str, list[tuple[str, str]]] = {}
    events: list[dict[str, list[tuple[str, str]]]] = []
    current = outer
    for name, parameters, value in every[1:-1]:
        if name == "BEGIN":
            assert (value, current) == ("VEVENT", outer), "events only, none within another"
            current = {}
        elif name == "END":
            assert value == "VEVENT"
            events.append(current)
            current = outer
        else:
            assert current is not outer or not events, "what is said of the file stands before the events"
            current.setdefault(name, []).append((parameters, value))
    yield outer
    yield from events


def check(file: bytes) -> list[dict[str, list[tuple[str, str]]]]:
    """Return the events of a file. Fails where it is not what RFC 5545 and RFC 7986 ask for."""
    outer, *events = components(file)
    assert [len(outer.get(name, ())) for name in ("PRODID", "VERSION")] == [1, 1]
    assert outer["VERSION"] == [("", "2.0")]
    assert "METHOD" not in outer
    assert outer["REFRESH-INTERVAL"] == [(";VALUE=DURATION", "PT4H")]
    for event in events:
        for name in ONCE:
            assert len(event.get(name, ())) == 1, name
        for name in AT_MOST_ONCE:
            assert len(event.get(name, ())) <= 1, name
        for name, known in WORDS.items():
            assert {value for _parameters, value in event.get(name, ())} <= known
        for name in ("DTSTAMP", "LAST-MODIFIED"):
            assert re.fullmatch(r"\d{8}T\d{6}Z", event[name][0][1])
        _span(event)
    names = [event["UID"][0][1] for event in events]
    assert len(names) == len(set(names)), "no two events share a UID"
    return events


def _span(event: dict[str, list[tuple[str, str]]]) -> None:
    (parameters, start), ends = event["DTSTART"][0], event.get("DTEND", [])
    form = "%Y%m%d" if parameters == ";VALUE=DATE" else "%Y%m%dT%H%M%SZ"
    assert parameters in ("", ";VALUE=DATE")
    first = datetime.strptime(start, form)
    for same, end in ends:
        assert same == parameters, "start and end are of one kind"
        assert datetime.strptime(end, form) > first, "the end is not part of the event, so it comes after the start"
