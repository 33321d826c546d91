"""Tables of acts as people keep them: what is read, what is taken how, what is asked back."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from agreements import acts_csv
from agreements.acts_csv import read
from agreements.choices import ActionKind, SignatureManner


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def told(reading):
    """Acts as short text: who, what, when, and what else is known."""
    assert reading.problems == ()
    found = []
    for act in reading.acts:
        more = {
            "received": act.received and act.received.iso,
            "effective": act.effective and act.effective.iso,
            "manner": act.manner,
            "scope": act.scope,
            "target": act.target,
        }
        found.append(
            " ".join(
                [act.party, act.kind.value, act.on.iso, *(f"{name}={value}" for name, value in more.items() if value)]
            )
        )
    return found


def problems(text):
    reading = read(text)
    assert reading.lines == ()
    return [str(problem) for problem in reading.problems]


# ---- forms of tables ----
def test_a_plain_table():
    assert told(
        read(
            "party,act,on,received,effective,manner,scope\n"
            "KZ,signature,2015-12-21,,,subject,\n"
            "Kazakhstan,ratification,2016-03-25,2016-04-08,2020-03-01,,Articles 1 to 3\n"
        )
    ) == [
        "KZ signature 2015-12-21 manner=subject",
        "KZ ratification 2016-03-25 received=2016-04-08 effective=2020-03-01 scope=Articles 1 to 3",
    ]


def test_a_table_with_the_signature_beside_the_instrument():
    assert told(
        read(
            "Contracting Party,Signature Date,Instrument Type,Instrument Date,Entry Into Force Date\n"
            "Belgium,2013-05-08,,,\n"
            "Algeria,,Accession,2017-07-25,2020-04-28\n"
            "Chile,2012-06-26,Ratification,2015-06-22,2020-04-28\n"
        )
    ) == [
        "BE signature 2013-05-08",
        "DZ accession 2017-07-25 effective=2020-04-28",
        "CL signature 2012-06-26",
        "CL ratification 2015-06-22 effective=2020-04-28",
    ]


def test_a_table_of_the_united_nations():
    assert told(
        read(
            'Participant\tSignature\t"Ratification, Acceptance(A), Accession(a), Succession(d)"\n'
            "Austria 2\t25 Mar 2013\t26 Mar 2014\n"
            "Bolivia (Plurinational State of)\t\t27 Mar 2014 a\n"
            "Netherlands (Kingdom of the) [3]\t26 Mar 2013\t 1 Apr 2014 A\n"
            "Czech Republic\t\t22 Feb 1993 d\n"
            "European Union\t26 Mar 2013\t 2 Apr 2014 c\n"
            "Japan\t\t3 Apr 2014 AA\n"
            "Monaco\t4 Apr 2014 s\t\n"
            "Norway\t\t5 Apr 2014 n\n"
        )
    ) == [
        "AT signature 2013-03-25",
        "AT ratification 2014-03-26",
        "BO accession 2014-03-27",
        "NL signature 2013-03-26",
        "NL acceptance 2014-04-01",
        "CZ succession 1993-02-22",
        "EU signature 2013-03-26",
        "EU formal_confirmation 2014-04-02",
        "JP approval 2014-04-03",
        "MC signature 2014-04-04 manner=definitive",
        "NO notification 2014-04-05",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Страна;Вид акта;Дата;Дата вступления в силу\nКазахстан;ратификация;25.03.2016;1 марта 2020 года\n",
        "Тарап\tАкт түрі\tКүні\tКүшіне ену күні\nҚазақстан\tратификациялады\t25.03.2016\t2020 жылғы 1 наурыз\n",
        "sep=;\nCOUNTRY;TYPE;DATE OF INSTRUMENT;IN FORCE FROM\nKAZ;Ratified;25-Mar-2016;2020/03/01\n",
        "country,type,date,eif\nKZ,Instrument of ratification,2016-03-25 00:00:00,2020-03-01T00:00:00Z\n",
        '"country","type","date","eif"\r\n\r\n"KZ","RATIFICATION","March 25, 2016","1 Mar 2020"\r\n',
        "Страна;Ратификация;Вступление в силу\nКазахстан;25.03.2016;01.03.2020",
    ],
)
def test_the_same_table_in_other_words(text):
    expected = ["KZ ratification 2016-03-25 effective=2020-03-01"]
    assert told(read(text)) == expected
    assert told(read(text.encode())) == expected
    assert told(read(b"\xef\xbb\xbf" + text.encode())) == expected
    assert told(read(text.encode("utf-16"))) == expected


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_commas_within_the_titles_of_a_depositary_do_not_part_them(delimiter):
    # As copied from the page of a depositary: nothing is quoted.
    rows = [
        ["Participant", "Signature", "Ratification, Accession(a), Acceptance(A), Succession(d)"],
        ["Korea, Republic of", "11 Dec 1997", "8 Nov 2002"],
        ["Czech Republic", "", "22 Feb 1993 d"],
    ]
    assert told(read("\n".join(map(delimiter.join, rows)))) == [
        "KR signature 1997-12-11",
        "KR ratification 2002-11-08",
        "CZ succession 1993-02-22",
    ]


def test_titles_that_are_not_read_are_not_all_told():
    titles = [f"c{number}" for number in range(30)]
    reading = read(",".join(["party", "act", "on", *titles]) + "\nKZ,ratification,2020\n")
    assert str(reading.notes[0]) == f"Row 1: These columns are not read: {', '.join(titles[:20])}, …."


def test_a_file_of_windows_1251_is_read_and_that_is_said():
    reading = read("Страна;Акт;Дата\nРоссия;присоединилась;сентябрь 2012\n".encode("cp1251"))
    assert told(reading) == ["RU accession 2012-09"]
    assert [str(note) for note in reading.notes] == [
        "The file is not in UTF-8; it is read as Windows-1251. Look whether its letters are right."
    ]


def test_the_day_of_receipt_is_the_day_of_the_act_where_no_other_is_given():
    assert told(read("party,type,deposited\nKZ,accession,1998-05\n")) == ["KZ accession 1998-05 received=1998-05"]


def test_a_column_of_signing_is_the_day_of_the_instrument_where_there_is_no_other():
    assert told(read("party,type,signed\nKZ,ratified,2007\n")) == ["KZ ratification 2007"]


@pytest.mark.parametrize(
    ("words", "kind", "manner"),
    [
        ("Ratification|ratified|ратификация|ратифицировала|ратификациялау|ratify", "ratification", ""),
        ("Accession|acceded|a|присоединение|қосылу", "accession", ""),
        ("A|Acceptance|принятие|қабылдау", "acceptance", ""),
        ("AA|Approval|утверждение|бекіту", "approval", ""),
        (
            "Declaration of Continued Application|Declaration/Notification of Succession|d|правопреемство",
            "succession",
            "",
        ),
        ("c|formal confirmation|официальное подтверждение|ресми растау", "formal_confirmation", ""),
        ("n|notification|нота|уведомление|хабарлама", "notification", ""),
        ("s|definitive signature|signed definitively", "signature", "definitive"),
        ("signature ad referendum|Ad Referendum", "signature", "ad_referendum"),
        ("signature|signed|подписание|қол қою", "signature", ""),
        ("denunciation|withdrawal|withdrew|денонсация|күшін жою", "denunciation", ""),
        (
            "provisional_application|Provisional application|временное применение|уақытша қолдану",
            "provisional_application",
            "",
        ),
        ("full powers|полномочия|өкілеттіктер", "full_powers", ""),
    ],
)
def test_kinds_of_acts_as_they_are_written(words, kind, manner):
    rows = "".join(f"KZ,{word},{2000 + place}\n" for place, word in enumerate(words.split("|")))
    read_acts = read(f"party,act,on\n{rows}").acts
    assert [(act.kind.value, act.manner) for act in read_acts] == [(kind, manner)] * len(words.split("|"))


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_kinds_and_manners_are_read_as_pacta_itself_writes_them(language):
    with translation.override(language):
        kinds = {kind: str(kind.label) for kind in ActionKind}
        manners = {manner: str(manner.label) for manner in SignatureManner}
    rows = [f'r{kind.value},KZ,"{label}",2001,,r0' for kind, label in kinds.items()]
    signatures = [f'{manner},KZ,signature,2002-0{n},"{label}",' for n, (manner, label) in enumerate(manners.items(), 1)]
    reading = read("\n".join(["id,party,act,on,manner,target", "r0,KZ,reservation,2000,,", *rows, *signatures]))
    assert reading.problems == ()
    assert [act.kind for act in reading.acts[1 : len(kinds) + 1]] == list(kinds)
    assert [act.manner for act in reading.acts[-3:]] == list(manners)


def test_a_party_can_have_a_code_beside_its_name() -> None:
    """As in the list of parties to the convention on climate change, which has one column for every kind of consent."""
    assert told(
        read(
            "Code,Name,Signature,Ratification-Acceptance-Accession-Approval-Succession,Kind\n"
            "AFG,Afghanistan,1992-06-12,2002-09-19,Ratification\n"
            "ALB,Albania,,1994-10-03,Accession\n"
        )
    ) == ["AF signature 1992-06-12", "AF ratification 2002-09-19", "AL accession 1994-10-03"]


# ---- ids, targets, agreements ----
def test_acts_that_concern_others_name_them_by_id_or_by_row():
    by_id = read("id,party,act,on,target\nx,KZ,reservation,2013,\n,KG,objection,2014,x\n,KZ,withdrawal,2015,x\n")
    assert told(by_id)[1:] == ["KG objection 2014 target=x", "KZ withdrawal 2015 target=x"]
    by_row = read("party,act,on,target\nKZ,reservation,2013,\nKG,objection,2014,2\nKZ,withdrawal,2015,r2\n")
    assert told(by_row)[1:] == ["KG objection 2014 target=r2", "KZ withdrawal 2015 target=r2"]
    assert [act.id for act in by_row.acts] == ["r2", "r3", "r4"]


def test_a_withdrawal_of_nothing_is_leaving_and_that_is_said():
    reading = read("party,act,on\nKZ,withdrawal,2015\n")
    assert told(reading) == ["KZ denunciation 2015"]
    assert [str(note) for note in reading.notes] == [
        "Row 2, column “act”: “withdrawal” is read as leaving the agreement."
    ]


def test_a_table_of_several_agreements():
    table = "treaty,party,act,on,remarks\nRome,KZ,accession,2012,late\nParis,KZ,accession,1991,\n"
    reading = read(table)
    assert reading.agreements == ("Rome", "Paris")
    # Only the rows that are asked for are looked at: what is wrong elsewhere does not matter.
    assert told(read(table + "Berne,KZ,blessing,1999,\n", "PARIS")) == ["KZ accession 1991"]
    assert [str(problem) for problem in read(table, "Nairobi").problems] == [
        "No row is about the agreement that is asked for. There are: Rome, Paris."
    ]
    assert reading.lines[0].remarks == "late"
    assert [str(party) for party in reading.parties.values()] == ["Kazakhstan"]


def test_letters_are_those_of_the_table() -> None:
    """A table that explains a letter means that, and one that explains it by an unknown act means nothing we know."""
    header = 'party,"Accession(r), Ratification, Simplified procedure (n)"\n'
    table = header + "KZ,2 Jan 2001 r\nFR,2 Jan 2001\nIT,2 Jan 2001 A\n"
    assert told(read(table)) == ["KZ accession 2001-01-02", "FR ratification 2001-01-02", "IT acceptance 2001-01-02"]
    assert (
        "The letter “n” after the date is not known. Use one of: A, AA, R, a, c, d, r, s."
        in problems(table + "DE,2 Jan 2001 n\n")[0]
    )


def test_cells_that_say_nothing_are_empty() -> None:
    assert told(read("party,signature,ratification,remarks\nKZ,-,2001,—\nFR,2002,n/a,–\n")) == [
        "KZ ratification 2001",
        "FR signature 2002",
    ]


# ---- what is said ----
def test_an_act_of_a_state_that_was_no_more_is_read_and_that_is_said() -> None:
    reading = read("party,ratified\nUSSR,1986-03-17\nUSSR,1992\n")
    assert told(reading) == ["SUHH ratification 1986-03-17", "SUHH ratification 1992"]
    assert [str(note).replace("\u00a0", " ") for note in reading.notes] == [
        "Row 3, column “party”: Union of Soviet Socialist Republics was no more after 25 December 1991; "
        "this act is later."
    ]


def test_days_come_first_and_that_is_said_once():
    reading = read("party,ratification\nKZ,25/03/2013\nFR,03/04/2013\nIT,05/04/2013\nDE,06/06/2013\n")
    assert [act.on.earliest for act in reading.acts] == [
        date(2013, 3, 25),
        date(2013, 4, 3),
        date(2013, 4, 5),
        date(2013, 6, 6),
    ]
    assert [str(note).replace("\u00a0", " ") for note in reading.notes] == [
        "Row 3, column “ratification”: “03/04/2013” is read as 3 April 2013: the day comes first. "
        "Such dates in this column: 2."
    ]


def test_columns_that_are_not_read_are_said():
    assert [str(note) for note in read("party,ratification,colour,\nKZ,2013,red,\n").notes] == [
        "Row 1: These columns are not read: colour."
    ]


# ---- what is refused: all of it at once ----
NOT_A_DATE = (
    "is not understood as a date. Write a day (2024-12-28), a month (2012-09), a quarter (2024-Q3), "
    "a half-year (2025-H2), a year (2007), or “unknown”."
)


def test_acts_that_nobody_can_have_done_are_problems_of_their_rows():
    found = read(
        "id,party,kind,date,received,target\n"
        "s,KZ,signature,2005-05-01,,\n"
        "r,KZ,ratification,2006-05-01,2006-04-30,\n"
        "w,FR,withdrawal,2007,,s\n"
        "x,KZ,withdrawal,2004,,s\n"
    )
    assert found.problems == ()
    assert [str(problem).replace("\u00a0", " ") for problem in found.impossible] == [
        "Row 3: It cannot have been received before it was done.",
        "Row 4: A party confirms and withdraws its own acts only.",
        "Row 5: This would be before the act that it concerns, of 1 May 2005.",
    ]


def test_every_problem_is_named_with_its_row_and_column_and_nothing_is_read():
    assert problems(
        "party,kind,date,manner,target\n"
        "KZ,ratification,2013\n"
        "Korea,ratification,2013\n"
        ",ratification,2013\n"
        "FR,blessing,2013\n"
        "FR,ratification,\n"
        "FR,,2013\n"
        "FR,,\n"
        "FR,ratification,12/25/2013\n"
        "FR,ratification,1 Jan 2013 q\n"
        "FR,ratification,1 Jan 2013 a\n"
        "FR,signature,2013,solemn\n"
        "FR,objection,2013,,\n"
        "FR,objection,2013,,99\n"
        "FR,signature,2012,,,more\n"
        "Kazakhstan,ratified,2013\n"
    ) == [
        "Row 3, column “party”: “Korea” can be several parties: Republic of Korea (KR), "
        "Democratic People’s Republic of Korea (KP). Write which one is meant.",
        "Row 4, column “party”: Name the party.",
        "Row 5, column “kind”: “blessing” is not known as an act. Write one such as: signature, ratification, "
        "acceptance, approval, accession, succession, notification of completed procedures, denunciation.",
        "Row 6, column “kind”: The day of this act is missing.",
        "Row 7, column “date”: The kind of act that was done on this day is missing.",
        "Row 8: The row states no act.",
        f"Row 9, column “date”: “12/25/2013” {NOT_A_DATE}",
        "Row 10, column “date”: The letter “q” after the date is not known. Use one of: A, AA, R, a, c, d, n, r, s.",
        "Row 11, column “kind”: “ratification” and the letter after the date do not say the same act.",
        "Row 12, column “manner”: “solemn” is not known as a manner of signing. "
        "Use one of: subject, definitive, ad_referendum.",
        "Row 13: Name the act that it concerns, by its id or row, in a column “target”.",
        "Row 14: No row has the id “99” that is named as target.",
        "Row 15: The row has more cells than the header.",
        "Row 16: The same act is already in row 2.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "The file is empty."),
        ("\n \n,,\n", "The file is empty."),
        ("party,act,on\n", "There are no acts in the file."),
        (
            "country,colour\nKZ,red",
            "Row 1: No column gives the days of the acts. Call one “date”, or after an act: “ratification”.",
        ),
        ("when,ratified\nKZ,2013", "Row 1: No column names the parties. Call one “party” or “country”."),
        (
            "party,kind,date,day\nKZ,ratified,2013,2013",
            "Row 1, column “day”: This means the same as the column “date”. Keep one.",
        ),
        (
            "code,name,ratified\nKZ,Kyrgyzstan,2013",
            "Row 2, column “name”: “Kyrgyzstan” is not the same party as “KZ”.",
        ),
        (
            'party,ratified\nKZ,"2013\n',
            "Row 2: The row cannot be read; look at its quotation marks (unexpected end of data).",
        ),
        ("id,party,ratified\nx,KZ,2013\nx,FR,2013\n", "Row 3: The id “x” is already that of row 2."),
        (
            "party,type,date,eif\nKZ,,,2013",
            "Row 2, column “eif”: A day of entry into force is stated, but no act of the party.",
        ),
        (
            "party,ratified,note\nKZ,2013," + "x" * 2001,
            "Row 2, column “note”: The text is too long: at most 2000 signs.",
        ),
        (
            "party,ratified\n" + "KZ,2013\n" * (acts_csv.MAX_ROWS + 1),
            f"Row {acts_csv.MAX_ROWS + 2}: There are too many rows: at most 20000.",
        ),
        ("x" * (acts_csv.MAX_BYTES + 1), "The file is too large: at most 5 MB."),
        (b"x" * (acts_csv.MAX_BYTES + 1), "The file is too large: at most 5 MB."),
        (b"GIF89a\0\0\1\0\0\0\1", "The file is not a table. Save it as XLSX or as “CSV UTF-8”."),
        (
            "party,ratified\nKZ,25.03.13\n",
            "Row 2, column “ratified”: The year has two digits: “25.03.13” is read as 2013.",
        ),
    ],
)
def test_a_file_that_is_no_table_of_acts_is_refused_in_a_sentence(text, expected):
    assert expected in problems(text)


def test_a_file_full_of_problems_is_not_read_to_its_end():
    said = problems("party,ratified\n" + "Atlantis,2013\n" * 1000)
    assert len(said) == acts_csv.MAX_PROBLEMS + 2
    assert said[-1] == "Row 203: The rest of the file was not looked at: there are too many problems."


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"party,act,on\n{text}"))
def test_any_content_is_answered(content):
    reading = read(content)
    assert bool(reading.lines) != bool(reading.problems)
