"""Reasons and problems, as the schema describes them; `problems.handler` writes them."""

from rest_framework import serializers

from agreements.api.serializers.base import Reading


class ReasonSerializer(Reading):
    """Why a write was or would be refused."""

    code = serializers.CharField(help_text="For programs; does not change with the language.")
    sentence = serializers.CharField(help_text="For people, in the reader’s language.")
    law = serializers.CharField(source="law_text", help_text="The article behind it; may be empty.")
    asked = serializers.CharField(help_text="The field of this request that would meet it; may be empty.")
    remedy = serializers.CharField(
        help_text="What to record beforehand: document:KIND, act:KIND:PARTY, clearance, participants, release."
    )


class MistakeSerializer(Reading):
    """A value that cannot be taken."""

    field = serializers.CharField(help_text="Path of the value: participants.0.party; empty: the whole request.")
    message = serializers.CharField()
    code = serializers.CharField()
    pointer = serializers.CharField(
        allow_null=True,
        help_text="The same as a JSON pointer (RFC 6901) into the body; null: it stands in the address.",
    )


class ProblemSerializer(Reading):
    """A problem after RFC 9457."""

    type = serializers.CharField(
        help_text="The kind of problem, such as /problems/refused: the address of a page that explains it."
    )
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path of the request.")
    errors = MistakeSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="With /problems/validation."
    )
    reasons = ReasonSerializer(many=True, required=False, help_text="With /problems/refused and not-permitted.")
    results = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="With /problems/not-all: of each as in the answer."
    )
