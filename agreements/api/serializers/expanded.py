"""What hangs on an agreement, told with it in one answer; and from where one looked at it."""

from rest_framework import serializers

from agreements.api.fields import Choice
from agreements.api.serializers.agreements import AgreementDetailSerializer, AgreementSerializer
from agreements.api.serializers.base import Moment, Reading
from agreements.api.serializers.commitments import CommitmentSerializer
from agreements.api.serializers.documents import DocumentSerializer
from agreements.api.serializers.journal import EventSerializer
from agreements.api.serializers.meetings import MeetingSerializer
from agreements.api.serializers.participation import StandingSerializer
from agreements.api.serializers.tasks import TaskSerializer
from agreements.choices import Stage

#: So many rows of each are told, of one agreement and of each in a list; their own lists have all.
MOST, MOST_IN_LISTS = 200, 20
#: So many entries of the journal are told.
MOST_ENTRIES = 50


class ExpandedInListSerializer(Reading):
    """What was asked for by `expand`, at most 20 rows of each, in the order of their own lists."""

    participants = StandingSerializer(many=True, required=False)
    documents = DocumentSerializer(many=True, required=False)
    tasks = TaskSerializer(many=True, required=False)
    meetings = MeetingSerializer(many=True, required=False)
    commitments = CommitmentSerializer(many=True, required=False)


class EntriesSerializer(Reading):
    """The first entries of a journal, and the address of the rest."""

    next = serializers.URLField(allow_null=True, help_text="Where the journal goes on; null: this is all of it.")
    results = EventSerializer(many=True)


class ExpandedSerializer(ExpandedInListSerializer):
    """What was asked for by `expand`, at most 200 rows of each and 50 entries, in the order of their own lists."""

    journal = EntriesSerializer(required=False)


class PossiblySerializer(Reading):
    """A stage that may have been reached already, as days are imprecise."""

    stage = Choice(Stage)
    stage_label = serializers.CharField(help_text="What the procedure calls the stage.")


class LookSerializer(Reading):
    """From where the agreement was looked at."""

    as_of = serializers.DateField(help_text="The day of which it is told.")
    known_at = Moment(allow_null=True, help_text="As recorded at this moment; null: now.")
    possibly = PossiblySerializer(many=True, help_text="Later stages that it may have reached by the day.")


class AgreementReadSerializer(AgreementDetailSerializer):
    """An agreement by itself, with what was asked for beside it."""

    look = LookSerializer(required=False, help_text="Only where `as_of` or `known_at` is given.")
    expanded = ExpandedSerializer(required=False, help_text="Only where `expand` asks for it.")


class AgreementListedSerializer(AgreementSerializer):
    """An agreement in a list, with what was asked for beside it."""

    look = LookSerializer(required=False, help_text="Only where `as_of` or `known_at` is given.")
    expanded = ExpandedInListSerializer(required=False, help_text="Only where `expand` asks for it.")


#: What `expand` takes, of one agreement and of lists.
EXPANDABLE = tuple(ExpandedSerializer().fields)
EXPANDABLE_IN_LISTS = tuple(ExpandedInListSerializer().fields)
