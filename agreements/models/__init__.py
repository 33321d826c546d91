"""The data: agreements, parties, participation, commitments, documents, tasks, meetings, the journal.

Beside them templates of tasks, indicators, tables that are taken over, accounts and the journal of sign-ins, and what
accounts keep for themselves: saved views, feeds of the calendar, subscriptions and what these told, and for a day the
answers to requests that may be sent again.
"""

from agreements.models.account import Unit, User
from agreements.models.agreement import Agreement, Participant, ProcedureVersion, Relation
from agreements.models.answer import KeptAnswer
from agreements.models.commitment import Commitment
from agreements.models.delegation import Delegation
from agreements.models.document import Document, DocumentVersion
from agreements.models.event import EventHead, EventPosition
from agreements.models.feed import FeedToken
from agreements.models.imports import ImportMapping, ImportRow, ImportRun
from agreements.models.indicator import Indicator
from agreements.models.journal import Entry, EntryText
from agreements.models.meeting import AgendaItem, Meeting
from agreements.models.party import Area, Format, Membership, Party
from agreements.models.report import ReportRun, ScheduledReport
from agreements.models.rights_review import RightsReview
from agreements.models.routine import Routine
from agreements.models.saved_view import SavedView
from agreements.models.share import Share
from agreements.models.sign_in import EmergencyAccess, LockOut, SignIn
from agreements.models.subscription import (
    Mailing,
    Notification,
    NotificationHead,
    NotificationWishes,
    Subscription,
)
from agreements.models.task import Task
from agreements.models.template import TaskTemplate, TemplateTask
from agreements.models.token import ApiToken
from agreements.models.undisclosed import UndisclosedParticipant
from agreements.models.webhook import Delivery, Webhook

__all__ = [
    "AgendaItem",
    "Agreement",
    "ApiToken",
    "Area",
    "Commitment",
    "Delegation",
    "Delivery",
    "Document",
    "DocumentVersion",
    "EmergencyAccess",
    "Entry",
    "EntryText",
    "EventHead",
    "EventPosition",
    "FeedToken",
    "Format",
    "ImportMapping",
    "ImportRow",
    "ImportRun",
    "Indicator",
    "KeptAnswer",
    "LockOut",
    "Mailing",
    "Meeting",
    "Membership",
    "Notification",
    "NotificationHead",
    "NotificationWishes",
    "Participant",
    "Party",
    "ProcedureVersion",
    "Relation",
    "ReportRun",
    "RightsReview",
    "Routine",
    "SavedView",
    "ScheduledReport",
    "Share",
    "SignIn",
    "Subscription",
    "Task",
    "TaskTemplate",
    "TemplateTask",
    "UndisclosedParticipant",
    "Unit",
    "User",
    "Webhook",
]
