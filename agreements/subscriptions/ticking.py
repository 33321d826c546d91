"""What happens by itself: following the events, reminders, digests, the mails, and the worker that sends them."""

from agreements.background import task
from agreements.models import Mailing
from agreements.subscriptions import digests, matching, reminding, sending

#: So many mails one worker is asked to send; for more, more of them are asked.
_EACH, _MOST = 100, 4


def tick() -> dict[str, int]:
    """Do what is due by now; return how much of each was made. Several at once do not double, missed ones catch up."""
    made = {"notifications": matching.follow()}
    if reminding.is_time():  # once an hour
        made["reminders"] = reminding.remind()
        sending.prune()
    made |= {
        "digests": sum(sending.begin_digest(person, period) for person, period in digests.due()),
        "mails": sending.gather(),
    }
    waiting = Mailing.objects.due().count()
    for _worker in range(min(_MOST, -(-waiting // _EACH))):
        send_mails.enqueue()
    return made


@task()
def send_mails() -> None:
    """Send the mails that are due, in a worker."""
    sending.deliver()
