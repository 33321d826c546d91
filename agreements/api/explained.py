"""What each kind of problem means, when it occurs and what to do: the pages behind the types of problems."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agreements.api import problems


class Explained(NamedTuple):
    """What a reader of a problem wants to know."""

    meaning: str | Promise
    occurs: str | Promise
    remedy: str | Promise


#: By the name of the kind; its title changes with the language.
EXPLAINED: Mapping[str, Explained] = {
    problems.VALIDATION.name: Explained(
        _("One value or several in the body or in the address cannot be taken."),
        _("A field is missing, not known or too long; a word is none of those known; a parameter is not known here."),
        _("Read “errors”: each item names the place, says what is wrong and what is known. Mend all and send again."),
    ),
    problems.UNREADABLE.name: Explained(
        _("The body is not JSON that can be read."),
        _(
            "It is not UTF-8, breaks off, has a key twice in one object, "
            "a number that JSON does not have, or is nested too deeply."
        ),
        _("Let a library write the JSON. “detail” says at which line and column the reading stopped."),
    ),
    problems.ANONYMOUS.name: Explained(
        _("It is not known who asks."),
        _("No token came with the request, or one that is wrong, revoked or over; or a session has ended."),
        _(
            "Send the header “Authorization: Token …” with a token that is "
            "in use. Users issue tokens on the page “Programs and tokens”."
        ),
    ),
    problems.NOT_PERMITTED.name: Explained(
        _("Who asks may see this, and may not do what was asked."),
        _(
            "The user lacks the right, the token may only read or is limited "
            "to areas, or a browser’s request came without its CSRF token."
        ),
        _(
            "Use an account or a token with the right, or ask the "
            "administrator for it. Sending the same again does not help."
        ),
    ),
    problems.NOT_FOUND.name: Explained(
        _("There is nothing at this address, or nothing that you may see. Both are answered alike."),
        _(
            "The reference or key is mistyped, the record lies above your level or "
            "outside the areas of the token, or the address lacks its final slash."
        ),
        _("Check the address. If the record must be there, ask the administrator which level you need."),
    ),
    problems.WRONG_METHOD.name: Explained(
        _("The address exists, and does not take this method."),
        _("For example, PUT was sent where records are changed by PATCH, or POST where a list is only read."),
        _("The header “Allow” names the methods that the address takes."),
    ),
    problems.NOT_ACCEPTABLE.name: Explained(
        _("The answer does not come in the form that was asked for."),
        _(
            "The header “Accept” asks for none of the forms of this "
            "address. All come in JSON; lists as CSV and XLSX, too."
        ),
        _("Send “Accept: application/json”, or leave the header out."),
    ),
    problems.REFUSED.name: Explained(
        _("The rules of procedure, or the state of the record, do not allow it. Nothing was written."),
        _(
            "A document, a clearance, full powers or an act is missing, "
            "the order of dates is wrong, or the stage has no such step."
        ),
        _(
            "Read “reasons”: each says what stands against it, by which article, and under "
            "“asked” and “remedy” what would meet it. For steps, ask beforehand at “transitions/”."
        ),
    ),
    problems.NOT_ALL.name: Explained(
        _("Many things were to be done together, and one at least cannot be done. Nothing was written."),
        _("A request of the mode “all-or-none” holds an item that would have been refused alone."),
        _(
            "Read “results”: each item has the status it would have had alone, and "
            "its problem. Mend those, or send the rest with the mode “per-item”."
        ),
    ),
    problems.CONFLICT.name: Explained(
        _("Another write of the same thing came first, in the same moment. Nothing was written."),
        _("Two programs made the same record at once, and the database let one of them through."),
        _("Read what is there now, and repeat what is still wanted."),
    ),
    problems.STALE.name: Explained(
        _("The record has changed since you read it. Nothing was written."),
        _("The version in “If-Match” is not the present one: somebody else has changed the record meanwhile."),
        _("Read the record again, look at what has changed, and send the change with the new “ETag”."),
    ),
    problems.TOO_LARGE.name: Explained(
        _("The request is longer than this server takes."),
        _("The body of JSON, a field of a form or the file of a document exceeds the limit that the ministry has set."),
        _("Send less at once: at most 1,000 items, files up to the limit. The administrator can raise the limits."),
    ),
    problems.WRONG_MEDIA_TYPE.name: Explained(
        _("The body comes in a form that is not read here."),
        _("The header “Content-Type” is missing or names another form, or a file was not sent as a form with parts."),
        _("Send “Content-Type: application/json”; for uploads “multipart/form-data”."),
    ),
    problems.NO_RANGE.name: Explained(
        _("The part of the file that was asked for lies beyond its end."),
        _("The header “Range” begins behind the last byte, often because the file was fetched completely before."),
        _("Ask for the file without “Range”, or for a part within its size."),
    ),
    problems.KEY_REUSED.name: Explained(
        _("The “Idempotency-Key” came before, with another request. Nothing was written."),
        _("A program used one key for two different requests, or the answer to the first can no longer be read."),
        _("Draw a new key for each new request, such as a UUID; keep it only for sending the same request again."),
    ),
    problems.NO_CONDITION.name: Explained(
        _("A change does not say which version of the record it was made on. Nothing was written."),
        _("A PATCH or DELETE came without the header “If-Match”."),
        _("Send the “ETag” of the record as you read it, or “*” if any version may be changed."),
    ),
    problems.TOO_MANY.name: Explained(
        _("More requests came in this minute than are answered."),
        _("A token, or a user who has signed in, asks faster than the pace that the ministry has set."),
        _(
            "Wait for the seconds that “Retry-After” names. Ask for longer pages, "
            "follow “events/”, or use the addresses for many items at once."
        ),
    ),
    problems.BUSY.name: Explained(
        _("The database was busy for too long. Nothing was done."),
        _("Others were writing at the same time, or the database is being maintained."),
        _("Wait for the seconds that “Retry-After” names and send the same again; a POST with its “Idempotency-Key”."),
    ),
    problems.AWAY.name: Explained(
        _("The database cannot be reached, or went away in the middle."),
        _("It is being started anew, or the way to it is broken."),
        _(
            "Wait for the seconds that “Retry-After” names and send the same again, a POST with its "
            "“Idempotency-Key”: what was done already is answered again and not done twice."
        ),
    ),
    problems.FULL.name: Explained(
        _("There is no room to write. Nothing was written."),
        _("The disk of the database is full, or that of the files of documents."),
        _("Tell the administrator. Read on as usual, and send what writes again later."),
    ),
    problems.UPGRADING.name: Explained(
        _("Pacta is being upgraded. Nothing was done."),
        _("The database is being brought to another release, and this process is of the one before or after it."),
        _("Wait for the seconds that “Retry-After” names and send the same again; a POST with its “Idempotency-Key”."),
    ),
    problems.READ_ONLY.name: Explained(
        _("Pacta can only be read for a while. Nothing was done."),
        _("It is being maintained, or this is a copy that is to stay as it is."),
        _("Read on as usual, and send what writes again later."),
    ),
}
