"""What each word of a vocabulary means, in plain words: beside the labels that people see on pages."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils import translation

from agreements import choices
from agreements.glossary import glossary

#: What is not said by the label of pages alone.
MEANINGS: Mapping[type[TextChoices], Mapping[str, str]] = {
    choices.Group: {
        "preparing": "Nothing is signed yet: from the proposal to the preparation of the signing.",
        "concluded": "Signed, and not yet in force.",
        "operative": "In force, also while suspended.",
        "ended": "Over: terminated, expired, superseded or withdrawn.",
    },
    choices.Stage: {
        "terminated": "It was ended by notice or by consent.",
        "expired": "Its period of validity is over.",
        "superseded": "A later agreement of the same parties took its place.",
        "withdrawn": "It was given up before it entered into force.",
    },
    choices.Transition: {
        "authorise": "The competent body lets negotiations begin.",
        "open_negotiations": "The sides begin to negotiate the text.",
        "initial": "The heads of delegations initial the text that was agreed.",
        "prepare_signing": "The text goes through expertise, clearance and full powers.",
        "sign": "The text is signed, or adopted in the manner that was agreed.",
        "submit_for_ratification": "It goes to parliament, or to the body that approves it.",
        "enter_into_force": "It begins to bind its parties.",
        "suspend": "Its operation stops for a time.",
        "resume": "Its operation goes on after a suspension.",
        "terminate": "It ends by denunciation or by consent.",
        "expire": "Its period of validity ends, and it is not renewed.",
        "supersede": "Another agreement takes its place.",
        "withdraw": "It is given up before it enters into force.",
        "reopen": "Negotiations begin again.",
    },
    choices.Manner: {
        "signed": "By the signatures of representatives.",
        "endorsed": "By being endorsed, without signatures.",
        "adopted": "By a decision of a body.",
        "launched": "By being launched in public, as platforms and initiatives are.",
        "exchange_of_notes": "By notes that the sides exchange.",
    },
    choices.Level: {
        "public": "Everybody may know it.",
        "internal": "For the ministry.",
        "restricted": "For those who are cleared for restricted records.",
        "secret": "For those who are cleared for secret records.",
    },
    choices.InTheNameOf: {
        "republic": "In the name of the Republic of Kazakhstan.",
        "government": "In the name of the Government.",
        "agency": "In the name of a ministry or another central body.",
    },
    choices.Ball: {
        "own": "The own side must act next.",
        "other": "Another participant must act next.",
        "depositary": "The depositary must act next.",
        "nobody": "Nobody must act.",
    },
    choices.Role: {
        "negotiating": "Takes part in negotiating the text.",
        "signatory": "Has signed, or is to sign.",
        "party": "Is bound, or is to be bound.",
        "depositary": "Keeps the original and receives the instruments.",
        "observer": "Looks on, and signs nothing.",
    },
    choices.RelationKind: {
        "implements": "Carries the other agreement out.",
        "follows": "Comes after the other agreement in the same matter.",
        "amends": "Changes the text of the other agreement.",
        "supersedes": "Takes the place of the other agreement.",
        "annexed_to": "Is a part of the other agreement, as an annex.",
    },
    choices.ActionKind: {
        "full_powers": "A person was empowered to represent the participant (VCLT 7).",
        "full_powers_not_required": "The person represents the participant by office (VCLT 7(2)).",
        "subsequent_confirmation": "An act without full powers was confirmed later (VCLT 8).",
        "initialling": "The text was initialled (VCLT 10).",
        "signature": "The text was signed (VCLT 12, 14).",
        "confirmation": "A signature ad referendum was confirmed (VCLT 12(2)(b)).",
        "submission": "The text went to the body that ratifies or approves it.",
        "ratification": "The participant ratified (VCLT 14).",
        "acceptance": "The participant accepted (VCLT 14).",
        "approval": "The participant approved (VCLT 14).",
        "accession": "The participant joined without having signed (VCLT 15).",
        "succession": "The participant stepped into the place of a state before it.",
        "formal_confirmation": "An international organisation confirmed: its way of ratifying.",
        "notification": "The participant told that its procedures are complete.",
        "provisional_application": "The participant applies it before it is in force (VCLT 25).",
        "reservation": "The participant excludes or changes the effect of provisions (VCLT 19).",
        "declaration": "The participant declared how it understands or applies it.",
        "objection": "The participant objects to a reservation of another (VCLT 20).",
        "denunciation": "The participant gave notice of leaving (VCLT 56).",
        "suspension": "The participant suspended its operation (VCLT 57).",
        "rejoining": "The participant came back after it had left.",
        "withdrawal": "The participant took an act back, such as a reservation (VCLT 22).",
    },
    choices.SignatureManner: {
        "subject": "It binds only after ratification, acceptance or approval (VCLT 14).",
        "definitive": "It expresses consent to be bound (VCLT 12).",
        "ad_referendum": "It counts once the state confirms it (VCLT 12(2)(b)).",
    },
    choices.Status: {
        "none": "Has done nothing yet, and is not among those that sign.",
        "not_signed": "Is to sign, and has not.",
        "initialled": "Has initialled the text.",
        "signed_ad_referendum": "Has signed; the signature is to be confirmed.",
        "signed": "Has signed, and not yet consented to be bound.",
        "consent_given": "Has consented to be bound; for it the agreement is not in force yet.",
        "bound_provisionally": "Applies the agreement before it is in force.",
        "bound": "Is bound: the agreement is in force for it.",
        "suspended": "Is bound, while the operation is suspended for it.",
        "withdrawn": "Has left the agreement.",
        "ended": "Was bound until the agreement ended.",
        "gone": "Exists no longer.",
    },
    choices.Authenticity: {
        "authentic": "A text that counts when the treaty is interpreted (VCLT 33).",
        "translation": "Made of an authentic text, for information.",
        "not_stated": "The source does not say.",
    },
    choices.ClearanceResult: {
        "given": "The body has cleared the text.",
        "with_remarks": "The body has cleared the text, and remarked on it.",
        "refused": "The body has not cleared the text.",
    },
    choices.Precision: {
        "day": "The day is known.",
        "month": "The month is known, the day is not.",
        "quarter": "The quarter is known.",
        "half_year": "The half of the year is known.",
        "year": "The year is known.",
        "unknown": "Nothing is known, or only bounds.",
    },
    choices.Certainty: {
        "firm": "The source states the date.",
        "inferred": "It follows from what the source states.",
        "reported": "Known is the day of the report, not of what it reports.",
        "disputed": "Sources disagree.",
    },
    choices.Origin: {
        "recorded": "Recorded here as it happened, with its requirements checked.",
        "imported": "Taken over from elsewhere; requirements were not checked.",
    },
    choices.SubjectKind: {
        "agreement": "An agreement.",
        "party": "A state or an international organisation.",
        "meeting": "A meeting.",
        "indicator": "A figure on a partner.",
        "commitment": "What a party undertook in an agreement.",
        "undisclosed": "A participant that is more secret than its agreement.",
    },
    choices.EntryKind: {
        "open": "The record was opened.",
        "step": "A step moved the stage.",
        "hold": "It was put on hold.",
        "release": "The hold ended.",
        "note": "Something was noted.",
        "action": "A participant did something, such as ratifying.",
        "document": "A document was recorded, or a file kept.",
        "clearance": "A body answered when asked to clear the text.",
        "task": "A task was added, changed or ended.",
        "edit": "Data were changed; the entry tells what they were.",
        "marking": "A document was given another level or title.",
        "access": "The agreement was shown by a share, or a share was withdrawn.",
        "void": "An entry was struck out or corrected.",
        "redaction": "Text of an entry was removed for good.",
    },
    choices.TaskStatus: {
        "open": "Still to be done.",
        "done": "Done, or answered by a record.",
        "dropped": "No longer needed.",
    },
    choices.MeetingStatus: {
        "tentative": "Planned; the day is not agreed.",
        "confirmed": "The day is agreed.",
        "held": "It took place.",
        "cancelled": "It will not take place.",
    },
    choices.CommitmentState: {
        "planned": "Nothing has been done yet.",
        "under_way": "Begun, and not complete.",
        "fulfilled": "Done once and for all.",
        "standing": "Fulfilled again and again, as long as the agreement lasts.",
        "not_fulfilled": "Not done, though it was due.",
        "lapsed": "No longer to be done.",
    },
    choices.UndisclosedState: {
        "undisclosed": "No participant for who does not see it: it neither acts nor counts.",
        "disclosed": "It became an ordinary participant.",
        "withdrawn": "It takes part no more, or never did.",
    },
    choices.TokenScope: {
        "read": "It reads; a write is answered with 403.",
        "write": "It does what its user may do.",
    },
    choices.Payload: {
        "thin": "What it is about; the receiver asks for the rest.",
        "full": "The whole event.",
    },
    choices.DeliveryState: {
        "waiting": "To be sent, or to be tried again.",
        "delivered": "Answered with 2xx.",
        "failed": "Given up after the last attempt.",
        "withheld": "Not sent: its owner no longer sees what it tells.",
    },
    choices.Strength: {
        "late": "Late or urgent: somebody should act today.",
        "soon": "To be acted on within days or weeks.",
        "plain": "To be noted.",
    },
}


def meanings(words: type[TextChoices]) -> dict[str, str]:
    """Return what each word means: in a sentence, from the glossary for stages, or else by the label of pages."""
    own = {**(_of_stages() if words is choices.Stage else {}), **MEANINGS.get(words, {})}
    with translation.override("en"):
        return {str(word.value): own.get(word.value) or _sentence(str(word.label)) for word in words}


def vocabulary(words: type[TextChoices]) -> dict[str, object]:
    """Return a vocabulary for the schema: its words, and what they mean for people and for programs."""
    told = meanings(words)
    about = (words.__doc__ or "").strip()
    lines = "\n".join(f"* `{word}` – {meaning}" for word, meaning in told.items())
    return {
        "type": "string",
        "enum": list(told),
        "description": f"{about}\n\n{lines}",
        "x-enum-descriptions": list(told.values()),
    }


def _of_stages() -> dict[str, str]:
    terms = [term for chapter in glossary() for term in chapter.terms if term.stage]
    return {str(term.stage): term.meanings["en"] for term in terms}


def _sentence(label: str) -> str:
    return f"{label[:1].upper()}{label[1:]}."
