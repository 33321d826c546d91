"""What hangs on an agreement, told with it in one answer."""

from agreements.api.serializers.agreements import AgreementDetailSerializer
from agreements.api.serializers.base import Reading
from agreements.api.serializers.commitments import CommitmentSerializer
from agreements.api.serializers.documents import DocumentSerializer
from agreements.api.serializers.meetings import MeetingSerializer
from agreements.api.serializers.participation import StandingSerializer
from agreements.api.serializers.tasks import TaskSerializer

#: So many rows of each are told; their own lists have all.
MOST = 200


class ExpandedSerializer(Reading):
    """What was asked for by `expand`, at most 200 rows of each, in the order of their own lists."""

    participants = StandingSerializer(many=True, required=False)
    documents = DocumentSerializer(many=True, required=False)
    tasks = TaskSerializer(many=True, required=False)
    meetings = MeetingSerializer(many=True, required=False)
    commitments = CommitmentSerializer(many=True, required=False)


class AgreementReadSerializer(AgreementDetailSerializer):
    """An agreement by itself, with what was asked for beside it."""

    expanded = ExpandedSerializer(required=False, help_text="Only where `expand` asks for it.")


#: What `expand` takes.
EXPANDABLE = tuple(ExpandedSerializer().fields)
