"""Choices in words: what is known is sure, what is alike or may be several is for a person."""

import pytest
from django.utils import translation

from agreements import choices
from agreements.choices import ActionKind, InstrumentKind, Level, MeetingStatus, Stage, TaskStatus, Transition
from agreements.tabular import wording
from agreements.tabular.wording import meaning


@pytest.mark.parametrize(
    ("kind", "text", "choice"),
    [
        (ActionKind, "Accession", "accession"),
        (ActionKind, "присоединение", "accession"),
        (ActionKind, "Қосылу", "accession"),
        (ActionKind, "Ratified", "ratification"),
        (ActionKind, "Ratification (r)", "ratification"),
        (ActionKind, "a", "accession"),
        (ActionKind, "A", "acceptance"),
        (ActionKind, "AA", "approval"),
        (ActionKind, "Declaration of continued application", "succession"),
        (ActionKind, "instrument of ratification", "ratification"),
        (ActionKind, "full_powers", "full_powers"),
        (Stage, "In force", "in_force"),
        (Stage, "В СИЛЕ", "in_force"),
        (Stage, "күшінде", "in_force"),
        (Stage, "парафировано", "initialled"),
        (Stage, "under negotiation", "negotiating"),
        (Stage, "signed, not in force", "signed"),
        (Transition, "Entry into force", "enter_into_force"),
        (Transition, "подписание", "sign"),
        (InstrumentKind, "MoU", "memorandum"),
        (InstrumentKind, "Exchange of Letters", "exchange_of_notes"),
        (InstrumentKind, "Меморандум о взаимопонимании", "memorandum"),
        (InstrumentKind, "Жол картасы", "roadmap"),
        (Level, "Для служебного пользования", "internal"),
        (Level, "ДСП", "internal"),
        (Level, "secret", "secret"),
        (MeetingStatus, "Took place", "held"),
        (TaskStatus, "исполнено", "done"),
    ],
)
def test_words_that_are_known(kind, text, choice):
    assert (meaning(kind, text).choice, meaning(kind, text).sure) == (choice, True)


@pytest.mark.parametrize(
    ("kind", "text", "candidates"),
    [
        (ActionKind, "Withdrawal", ["denunciation", "withdrawal"]),
        (ActionKind, "Ratification (a)", ["ratification", "accession"]),
        (ActionKind, "Ratificaton", ["ratification"]),
        (Stage, "in force since long", ["in_force"]),
        (InstrumentKind, "Protocol amending", ["protocol"]),
        (Level, "nonsense", []),
        (ActionKind, "", []),
        (Stage, "—", []),
    ],
)
def test_words_that_are_not(kind, text, candidates):
    found = meaning(kind, text)
    assert (found.choice, found.sure, list(found.candidates)[: len(candidates) or None]) == ("", False, candidates)


def test_a_word_may_say_the_manner_of_a_signature():
    found = meaning(ActionKind, "Definitive signature")
    assert (found.choice, found.manner) == ("signature", "definitive")


def test_every_label_in_every_language_means_its_choice_or_is_left_to_a_person():
    """Two choices of one list that are called the same in a language are doubtful, with both as candidates."""
    for kind in wording.known_lists():
        for language in ("en", "ru", "kk"):
            with translation.override(language):
                for choice in kind:
                    found = meaning(kind, str(choice.label))
                    assert choice.value in found.candidates, (kind, language, choice)
        for choice in kind:
            # "Withdrawal" by itself can be that of an act, or leaving the agreement.
            assert meaning(kind, choice.value).choice == choice.value or choice == ActionKind.WITHDRAWAL


def test_the_file_has_words_for_choices_that_there_are_only():
    data = wording._data()
    lists = [name for name in data if name not in ("acts", "manners", "letters", "nothing")]
    for name in lists:
        assert set(data[name]) <= set(getattr(choices, name).values), name
    assert {wording.word(name).kind for name in data["acts"]} <= set(ActionKind)
    assert {one.kind for one in wording.letters().values()} <= set(ActionKind)
