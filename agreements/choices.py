"""The vocabulary: every closed list of words, with the groups that the rules speak of.

The words are the same in code, on screens, in the API and in reports.
"""

from typing import NamedTuple, Self

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Group(models.TextChoices):
    """The four groups of stages; colour follows the group."""

    PREPARING = "preparing", _("Preparing")
    CONCLUDED = "concluded", _("Concluded")
    OPERATIVE = "operative", _("Operative")
    ENDED = "ended", _("Ended")


class Stage(models.TextChoices):
    """Where an agreement stands internationally; a procedure may give a stage another label."""

    PROPOSED = "proposed", _("Proposed")
    MANDATED = "mandated", _("Mandated")
    NEGOTIATING = "negotiating", _("Negotiating")
    INITIALLED = "initialled", _("Initialled")
    SIGNING = "signing", _("Being prepared for signing")
    SIGNED = "signed", _("Signed")
    RATIFYING = "ratifying", _("Undergoing ratification")
    IN_FORCE = "in_force", _("In force")
    SUSPENDED = "suspended", _("Suspended")
    TERMINATED = "terminated", _("Terminated")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @property
    def group(self) -> Group:
        """The group this stage belongs to."""
        return _GROUP_OF[self]

    @classmethod
    def of(cls, *groups: Group) -> list[Self]:
        """Return the stages of the groups, in the order of an agreement's life."""
        return [stage for stage in cls if stage.group in groups]


_GROUP_OF = {
    Stage.PROPOSED: Group.PREPARING,
    Stage.MANDATED: Group.PREPARING,
    Stage.NEGOTIATING: Group.PREPARING,
    Stage.INITIALLED: Group.PREPARING,
    Stage.SIGNING: Group.PREPARING,
    Stage.SIGNED: Group.CONCLUDED,
    Stage.RATIFYING: Group.CONCLUDED,
    Stage.IN_FORCE: Group.OPERATIVE,
    Stage.SUSPENDED: Group.OPERATIVE,
    Stage.TERMINATED: Group.ENDED,
    Stage.EXPIRED: Group.ENDED,
    Stage.SUPERSEDED: Group.ENDED,
    Stage.WITHDRAWN: Group.ENDED,
}


class Transition(models.TextChoices):
    """The steps that move a stage, as verbs."""

    AUTHORISE = "authorise", _("Authorise negotiations")
    OPEN_NEGOTIATIONS = "open_negotiations", _("Open negotiations")
    INITIAL = "initial", _("Initial the text")
    PREPARE_SIGNING = "prepare_signing", _("Prepare for signing")
    SIGN = "sign", pgettext_lazy("step", "Sign")
    SUBMIT_FOR_RATIFICATION = "submit_for_ratification", _("Submit for ratification")
    ENTER_INTO_FORCE = "enter_into_force", _("Enter into force")
    SUSPEND = "suspend", _("Suspend operation")
    RESUME = "resume", _("Resume operation")
    TERMINATE = "terminate", _("Terminate")
    EXPIRE = "expire", _("Expire")
    SUPERSEDE = "supersede", _("Supersede")
    WITHDRAW = "withdraw", _("Withdraw")
    REOPEN = "reopen", _("Reopen negotiations")


class Edge(NamedTuple):
    """From which stages a transition leads to which one."""

    sources: tuple[Stage, ...]
    target: Stage


_PREPARING = tuple(Stage.of(Group.PREPARING))

#: The state machine. Procedures may take edges away, never add one.
EDGES: dict[Transition, Edge] = {
    Transition.AUTHORISE: Edge((Stage.PROPOSED,), Stage.MANDATED),
    Transition.OPEN_NEGOTIATIONS: Edge((Stage.PROPOSED, Stage.MANDATED), Stage.NEGOTIATING),
    Transition.INITIAL: Edge((Stage.NEGOTIATING,), Stage.INITIALLED),
    Transition.PREPARE_SIGNING: Edge((Stage.PROPOSED, Stage.NEGOTIATING, Stage.INITIALLED), Stage.SIGNING),
    Transition.SIGN: Edge((Stage.SIGNING,), Stage.SIGNED),
    Transition.SUBMIT_FOR_RATIFICATION: Edge((Stage.SIGNED,), Stage.RATIFYING),
    Transition.ENTER_INTO_FORCE: Edge((Stage.SIGNED, Stage.RATIFYING), Stage.IN_FORCE),
    Transition.SUSPEND: Edge((Stage.IN_FORCE,), Stage.SUSPENDED),
    Transition.RESUME: Edge((Stage.SUSPENDED,), Stage.IN_FORCE),
    Transition.TERMINATE: Edge((Stage.IN_FORCE, Stage.SUSPENDED), Stage.TERMINATED),
    Transition.EXPIRE: Edge((Stage.IN_FORCE, Stage.SUSPENDED), Stage.EXPIRED),
    Transition.SUPERSEDE: Edge((Stage.SIGNED, Stage.RATIFYING, Stage.IN_FORCE, Stage.SUSPENDED), Stage.SUPERSEDED),
    Transition.WITHDRAW: Edge((*_PREPARING, Stage.SIGNED, Stage.RATIFYING), Stage.WITHDRAWN),
    Transition.REOPEN: Edge((Stage.INITIALLED, Stage.SIGNING, Stage.WITHDRAWN), Stage.NEGOTIATING),
}


class Manner(models.TextChoices):
    """How a text was signed (VCLT 11-13)."""

    SIGNED = "signed", _("signed")
    ENDORSED = "endorsed", _("endorsed")
    ADOPTED = "adopted", _("adopted")
    LAUNCHED = "launched", _("launched")
    EXCHANGE_OF_NOTES = "exchange_of_notes", _("by exchange of notes")


class InstrumentKind(models.TextChoices):
    """The kind of instrument; each has a default procedure."""

    TREATY = "treaty", _("Treaty")
    AGREEMENT = "agreement", _("Agreement")
    PROTOCOL = "protocol", _("Protocol")
    CONVENTION = "convention", _("Convention")
    EXCHANGE_OF_NOTES = "exchange_of_notes", _("Exchange of notes")
    MEMORANDUM = "memorandum", _("Memorandum of understanding")
    ROADMAP = "roadmap", _("Roadmap")
    ACTION_PLAN = "action_plan", _("Action plan")
    DECLARATION = "declaration", _("Declaration")
    PLATFORM = "platform", _("Platform")

    @property
    def default_procedure(self) -> str:
        """The code of the procedure that an instrument of this kind usually follows."""
        return _PROCEDURE_OF[self]


_PROCEDURE_OF = {
    InstrumentKind.TREATY: "ratified",
    InstrumentKind.AGREEMENT: "ratified",
    InstrumentKind.PROTOCOL: "ratified",
    InstrumentKind.CONVENTION: "multilateral",
    InstrumentKind.EXCHANGE_OF_NOTES: "simplified",
    InstrumentKind.MEMORANDUM: "non_binding",
    InstrumentKind.ROADMAP: "non_binding",
    InstrumentKind.ACTION_PLAN: "non_binding",
    InstrumentKind.DECLARATION: "non_binding",
    InstrumentKind.PLATFORM: "non_binding",
}


class Level(models.TextChoices):
    """Level of confidentiality of a record, and access level of a user."""

    PUBLIC = "public", _("Public")
    INTERNAL = "internal", _("Internal")
    RESTRICTED = "restricted", _("Restricted")
    SECRET = "secret", _("Secret")

    @classmethod
    def up_to(cls, level: str) -> list["Level"]:
        """Return the levels that somebody with this access level may see."""
        levels = list(cls)
        return levels[: levels.index(cls(level)) + 1]


class InTheNameOf(models.TextChoices):
    """In whose name a treaty is concluded; statutory lead times depend on it."""

    REPUBLIC = "republic", _("the Republic")
    GOVERNMENT = "government", _("the Government")
    AGENCY = "agency", _("an agency")


class Ball(models.TextChoices):
    """Who must act next."""

    OWN = "own", _("Own side")
    OTHER = "other", _("Other side")
    DEPOSITARY = "depositary", _("Depositary")
    NOBODY = "nobody", _("Nobody")


class PartyKind(models.TextChoices):
    """A state or an international organisation."""

    STATE = "state", _("State")
    ORGANISATION = "organisation", _("International organisation")


class Role(models.TextChoices):
    """What a participant is to an agreement."""

    NEGOTIATING = "negotiating", pgettext_lazy("role", "Negotiating")
    SIGNATORY = "signatory", _("Signatory")
    PARTY = "party", pgettext_lazy("role", "Party")
    DEPOSITARY = "depositary", _("Depositary")
    OBSERVER = "observer", _("Observer")

    @property
    def acts(self) -> bool:
        """Whether a participant in this role signs and consents."""
        return self in (Role.NEGOTIATING, Role.SIGNATORY, Role.PARTY)


class RelationKind(models.TextChoices):
    """How one agreement stands to another."""

    IMPLEMENTS = "implements", _("implements")
    FOLLOWS = "follows", _("follows")
    AMENDS = "amends", _("amends")
    SUPERSEDES = "supersedes", _("supersedes")
    ANNEXED_TO = "annexed_to", _("is annexed to")

    @property
    def inverse(self) -> Promise:
        """How the other agreement stands to the first."""
        return _INVERSE[self]


_INVERSE = {
    RelationKind.IMPLEMENTS: _("is implemented by"),
    RelationKind.FOLLOWS: _("is followed by"),
    RelationKind.AMENDS: _("is amended by"),
    RelationKind.SUPERSEDES: _("is superseded by"),
    RelationKind.ANNEXED_TO: _("has as an annex"),
}


class ActionKind(models.TextChoices):
    """What a participant did, or what is recorded of its representative (VCLT 7, 8, 10-17, 19-25, 54-58)."""

    FULL_POWERS = "full_powers", _("Full powers")
    FULL_POWERS_NOT_REQUIRED = "full_powers_not_required", _("Full powers not required")
    SUBSEQUENT_CONFIRMATION = "subsequent_confirmation", _("Subsequent confirmation of an act without full powers")
    INITIALLING = "initialling", _("Initialling")
    SIGNATURE = "signature", _("Signature")
    CONFIRMATION = "confirmation", _("Confirmation of a signature ad referendum")
    SUBMISSION = "submission", _("Submission for ratification or approval")
    RATIFICATION = "ratification", _("Ratification")
    ACCEPTANCE = "acceptance", _("Acceptance")
    APPROVAL = "approval", _("Approval")
    ACCESSION = "accession", _("Accession")
    SUCCESSION = "succession", _("Succession")
    FORMAL_CONFIRMATION = "formal_confirmation", _("Formal confirmation")
    NOTIFICATION = "notification", _("Notification of completed procedures")
    PROVISIONAL_APPLICATION = "provisional_application", _("Provisional application")
    RESERVATION = "reservation", _("Reservation")
    DECLARATION = "declaration", pgettext_lazy("action", "Declaration")
    OBJECTION = "objection", _("Objection")
    DENUNCIATION = "denunciation", _("Denunciation")
    SUSPENSION = "suspension", _("Suspension")
    REJOINING = "rejoining", _("Re-joining")
    WITHDRAWAL = "withdrawal", _("Withdrawal of an act")

    @classmethod
    def consents(cls) -> list[Self]:
        """Return the acts by which a participant consents to be bound (VCLT 11, 14-16)."""
        return [
            cls(kind)
            for kind in (
                "ratification",
                "acceptance",
                "approval",
                "accession",
                "succession",
                "formal_confirmation",
                "notification",
                "rejoining",
            )
        ]

    @classmethod
    def authorities(cls) -> list[Self]:
        """Return what shows that a person represents a participant, beforehand or afterwards (VCLT 7, 8)."""
        return [cls(kind) for kind in ("full_powers", "full_powers_not_required", "subsequent_confirmation")]

    @classmethod
    def after_signature(cls) -> list[Self]:
        """Return the consents that complete a signature; others may do without one (VCLT 14, 15)."""
        return [cls(kind) for kind in ("ratification", "acceptance", "approval")]

    @classmethod
    def aimed(cls) -> list[Self]:
        """Return the acts that concern another act, which they must name."""
        return [cls(kind) for kind in ("confirmation", "objection", "withdrawal")]


class SignatureManner(models.TextChoices):
    """What a signature does (VCLT 12, 14, 18)."""

    SUBJECT = "subject", _("subject to ratification, acceptance or approval")
    DEFINITIVE = "definitive", _("definitive: it expresses consent to be bound")
    AD_REFERENDUM = "ad_referendum", _("ad referendum: to be confirmed")


class Status(models.TextChoices):
    """How a participant stands to an agreement on a day; derived from its acts, never stored by hand."""

    NONE = "none", _("Takes no part in signing")
    NOT_SIGNED = "not_signed", _("Not signed")
    INITIALLED = "initialled", pgettext_lazy("participant", "Initialled")
    SIGNED_AD_REFERENDUM = "signed_ad_referendum", _("Signed ad referendum")
    SIGNED = "signed", pgettext_lazy("participant", "Signed")
    CONSENT_GIVEN = "consent_given", _("Consent given")
    BOUND_PROVISIONALLY = "bound_provisionally", _("Applies it provisionally")
    BOUND = "bound", _("Bound")
    SUSPENDED = "suspended", pgettext_lazy("participant", "Suspended")
    WITHDRAWN = "withdrawn", pgettext_lazy("participant", "Withdrawn")
    ENDED = "ended", pgettext_lazy("participant", "No longer bound: the agreement has ended")
    GONE = "gone", pgettext_lazy("participant", "Exists no longer")


class DocumentKind(models.TextChoices):
    """Kinds of evidence; two expertises and two decisions, because the law asks for each by itself."""

    PROPOSAL = "proposal", _("Proposal")
    MANDATE = "mandate", _("Mandate")
    DRAFT = "draft", _("Draft")
    NEGOTIATING_TEXT = "negotiating_text", _("Negotiating text")
    INITIALLED_TEXT = "initialled_text", _("Initialled text")
    SIGNED_TEXT = "signed_text", _("Signed text")
    CERTIFIED_COPY = "certified_copy", _("Certified copy")
    FULL_POWERS = "full_powers", pgettext_lazy("document", "Full powers")
    LEGAL_EXPERTISE = "legal_expertise", _("Scientific legal expertise")
    LINGUISTIC_EXPERTISE = "linguistic_expertise", _("Scientific linguistic expertise")
    CLEARANCE = "clearance", pgettext_lazy("document", "Clearance")
    DECISION = "decision", _("Decision")
    SIGNING_DECISION = "signing_decision", _("Decision to sign")
    DRAFT_LAW = "draft_law", _("Draft law")
    EXPLANATORY_NOTE = "explanatory_note", _("Explanatory note")
    NOTE_VERBALE = "note_verbale", _("Note verbale")
    INSTRUMENT_OF_RATIFICATION = "instrument_of_ratification", _("Instrument of ratification")
    DEPOSITARY_NOTICE = "depositary_notice", _("Depositary notice")
    NOTICE = "notice", _("Notice of termination, suspension or resumption")
    INTENTION_NOTICE = "intention_notice", _("Notice of the intention not to become a party")
    PUBLICATION = "publication", _("Publication")
    OTHER = "other", _("Other document")

    @classmethod
    def texts(cls) -> list[Self]:
        """Return the kinds that are the text of the agreement itself, in each of its languages."""
        return [cls(kind) for kind in ("initialled_text", "signed_text", "certified_copy")]


class Authenticity(models.TextChoices):
    """Whether a language version of a text is authentic (VCLT 10, 33)."""

    AUTHENTIC = "authentic", _("authentic")
    TRANSLATION = "translation", _("translation")
    NOT_STATED = "not_stated", pgettext_lazy("authenticity", "not stated")


class ClearanceResult(models.TextChoices):
    """What a body answered when asked to clear a text."""

    GIVEN = "given", _("given")
    WITH_REMARKS = "with_remarks", _("given with remarks")
    REFUSED = "refused", _("refused")


class Precision(models.TextChoices):
    """How much of a date is known."""

    DAY = "day", _("day")
    MONTH = "month", _("month")
    QUARTER = "quarter", _("quarter")
    HALF_YEAR = "half_year", _("half-year")
    YEAR = "year", _("year")
    UNKNOWN = "unknown", _("not known")


class Certainty(models.TextChoices):
    """How firmly the source carries a date."""

    FIRM = "firm", _("firm")
    INFERRED = "inferred", _("inferred")
    REPORTED = "reported", _("date of report")
    DISPUTED = "disputed", _("sources disagree")


class Origin(models.TextChoices):
    """Whether an entry was recorded here as it happened, or taken over from elsewhere."""

    RECORDED = "recorded", _("recorded")
    IMPORTED = "imported", _("imported")


class SubjectKind(models.TextChoices):
    """What a chain of the journal is about."""

    AGREEMENT = "agreement", _("Agreement")
    PARTY = "party", pgettext_lazy("subject", "Party")
    MEETING = "meeting", _("Meeting")
    INDICATOR = "indicator", _("Indicator")
    COMMITMENT = "commitment", _("Commitment")
    UNDISCLOSED = "undisclosed", _("Undisclosed participant")


class EntryKind(models.TextChoices):
    """What an entry of the journal records."""

    OPEN = "open", _("Record opened")
    STEP = "step", _("Step")
    HOLD = "hold", pgettext_lazy("entry", "Put on hold")
    RELEASE = "release", _("Released from hold")
    NOTE = "note", _("Note")
    ACTION = "action", _("Act of a participant")
    DOCUMENT = "document", _("Document")
    CLEARANCE = "clearance", pgettext_lazy("entry", "Clearance")
    TASK = "task", pgettext_lazy("entry", "Task")
    EDIT = "edit", _("Change of data")
    MARKING = "marking", _("Level or title of a document")
    ACCESS = "access", _("Share")
    VOID = "void", _("Correction")
    REDACTION = "redaction", _("Redaction")

    @classmethod
    def placed(cls) -> list[Self]:
        """Return the kinds that have a place in the order of an agreement's life."""
        return [cls(kind) for kind in ("open", "step", "hold", "release")]


class TaskStatus(models.TextChoices):
    """Where a task stands."""

    OPEN = "open", pgettext_lazy("task", "open")
    DONE = "done", pgettext_lazy("task", "done")
    DROPPED = "dropped", pgettext_lazy("task", "no longer needed")


class TaskEvent(models.TextChoices):
    """What happens to a task by a person's hand, as the journal names it."""

    ADDED = "added", _("Task added")
    CHANGED = "changed", _("Task changed")
    DONE = "done", _("Task done")
    ANSWERED = "answered", _("Task answered")
    DROPPED = "dropped", _("Task no longer needed")
    REOPENED = "reopened", _("Task opened again")


class ShareEvent(models.TextChoices):
    """What happens to a share, as the journal names it."""

    GIVEN = "given", _("Shown by a share")
    WITHDRAWN = "withdrawn", _("Share withdrawn")


class ViewKind(models.TextChoices):
    """What a saved view is a view of."""

    AGREEMENTS = "agreements", _("Agreements")
    TASKS = "tasks", _("Tasks")
    CALENDAR = "calendar", _("Calendar")


class TaskAnchor(models.TextChoices):
    """The day from which a template counts when a task is due: a date of the agreement, or the day of its use."""

    SIGNING = "planned_signing", _("planned signing")
    ENTRY = "planned_entry_into_force", _("planned entry into force")
    VALID_FROM = "valid_from", _("first day of validity")
    VALID_UNTIL = "valid_until", _("last day of validity")
    USE = "use", _("day on which the template is applied")


class MeetingStatus(models.TextChoices):
    """Whether a meeting will be, was, or will not be held."""

    TENTATIVE = "tentative", _("tentative")
    CONFIRMED = "confirmed", _("confirmed")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")


class CommitmentState(models.TextChoices):
    """How far what a party undertook is fulfilled."""

    PLANNED = "planned", pgettext_lazy("commitment", "not begun")
    UNDER_WAY = "under_way", pgettext_lazy("commitment", "under way")
    FULFILLED = "fulfilled", pgettext_lazy("commitment", "fulfilled")
    STANDING = "standing", pgettext_lazy("commitment", "fulfilled continuously")
    NOT_FULFILLED = "not_fulfilled", pgettext_lazy("commitment", "not fulfilled")
    LAPSED = "lapsed", pgettext_lazy("commitment", "no longer applies")

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done by a day."""
        return self in (CommitmentState.PLANNED, CommitmentState.UNDER_WAY)


class UndisclosedState(models.TextChoices):
    """Whether a participant is kept undisclosed, or what ended that."""

    UNDISCLOSED = "undisclosed", pgettext_lazy("undisclosed participant", "not disclosed")
    DISCLOSED = "disclosed", pgettext_lazy("undisclosed participant", "disclosed")
    WITHDRAWN = "withdrawn", pgettext_lazy("undisclosed participant", "withdrawn")


class Rhythm(models.TextChoices):
    """How often a saved report is built and sent."""

    DAILY = "daily", pgettext_lazy("rhythm", "Monday to Friday")
    WEEKLY = "weekly", pgettext_lazy("rhythm", "every week")
    MONTHLY = "monthly", pgettext_lazy("rhythm", "every month")
    NEVER = "never", pgettext_lazy("rhythm", "not sent, only saved")


class RunState(models.TextChoices):
    """How far the building of a report is."""

    WAITING = "waiting", pgettext_lazy("building", "waiting")
    BUILDING = "building", pgettext_lazy("building", "being built")
    DONE = "done", pgettext_lazy("building", "ready")
    FAILED = "failed", pgettext_lazy("building", "failed")


class TokenScope(models.TextChoices):
    """What a token of the API lets a program do."""

    READ = "read", pgettext_lazy("token", "read")
    WRITE = "write", pgettext_lazy("token", "read and write")


class Payload(models.TextChoices):
    """How much of an event is sent to a webhook."""

    THIN = "thin", pgettext_lazy("webhook", "what it is about")
    FULL = "full", pgettext_lazy("webhook", "the whole event")


class DeliveryState(models.TextChoices):
    """How far the sending of an event to a webhook is."""

    WAITING = "waiting", pgettext_lazy("sending", "waiting")
    DELIVERED = "delivered", pgettext_lazy("sending", "delivered")
    FAILED = "failed", pgettext_lazy("sending", "given up")
    WITHHELD = "withheld", pgettext_lazy("sending", "not sent, as the owner no longer sees it")


class MeetingLevel(models.TextChoices):
    """At which level a meeting is held."""

    HEAD_OF_STATE = "head_of_state", _("heads of state or government")
    MINISTER = "minister", _("ministers")
    DEPUTY_MINISTER = "deputy_minister", _("deputy ministers")
    SENIOR_OFFICIAL = "senior_official", _("senior officials")
    EXPERT = "expert", _("experts")


class LastDay(models.TextChoices):
    """A last day of which people are reminded: of a period of validity, or for notice against its renewal."""

    END = "end", _("last day of validity")
    NOTICE = "notice", _("last day for notice")


class Strength(models.TextChoices):
    """How strongly something needs attention."""

    LATE = "late", _("Late or urgent")
    SOON = "soon", _("Soon")
    PLAIN = "plain", _("To be noted")


class FindingKind(models.TextChoices):
    """What needs attention, as lists count it; in their order."""

    OVERDUE = "overdue", _("Overdue tasks")
    LEAD_MISSED = "lead-missed", _("Lead times that had run out from the start")
    DUE_SOON = "due-soon", _("Tasks due within 14 days")
    VALIDITY_ENDED = "validity-ended", _("Validity ended, not recorded as expired")
    EXPIRING = "expiring", _("Expiring within 180 days without a signed successor")
    NOTICE_WINDOW = "notice-window", _("Notice against renewal still possible")
    NOTICE_MISSED = "notice-missed", _("Last day for notice past")
    GAP = "gap", _("Gaps")
    OVERLAP = "overlap", _("Overlaps")
    STUCK = "stuck", _("Stuck: longer in the stage than usual")
    WAITING_OTHER = "waiting-other", _("Waiting for the other side")
    ON_HOLD = "on-hold", _("On hold")
    POSSIBLY = "possibly", _("Perhaps in a later stage already")
    PROVISIONAL = "provisional", _("Provisionally applied")
    ENTRY_CONFLICT = "entry-conflict", _("Stated and computed entry into force differ")
    TRACKS_CONFLICT = "tracks-conflict", _("Stage and acts of participants differ")
    PREDECESSOR_IN_FORCE = "predecessor-in-force", _("In force beside what supersedes it")
    CLAUSE_MET = "clause-met", _("Clause met, entry into force not recorded")
    DISPUTED_DATE = "disputed-date", _("Dates on which sources disagree")
    OUT_OF_PROCEDURE = "out-of-procedure", _("Steps out of procedure")
    TEXT_MISSING = "text-missing", _("Without a version in an authentic language")
    NO_PLANNED_DATE = "no-planned-date", _("Being prepared for signing without a planned date")
    NO_OFFICER = "no-officer", _("Without a responsible officer")
    SILENT = "silent", _("Nothing recorded for a year")
