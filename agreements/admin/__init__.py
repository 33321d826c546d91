"""The administration: every noun of the register, for the staff whose rights reach it.

`base` is what all registers share, `operations` the pages that end in one operation; the other modules hold one room
each. The frame around them is `agreements.admin_site`. No rule lives here: rights come from `access`, rows from
`for_user`, writes from the operations of the lower layers.
"""

from agreements.admin import (
    access,
    accounts,
    agreements,
    commitments,
    documents,
    entrance,
    imports,
    journal,
    meetings,
    notices,
    reference,
    reports,
    saved_views,
    task_templates,
    tasks,
    undisclosed,
    webhooks,
)

__all__ = [
    "access",
    "accounts",
    "agreements",
    "commitments",
    "documents",
    "entrance",
    "imports",
    "journal",
    "meetings",
    "notices",
    "reference",
    "reports",
    "saved_views",
    "task_templates",
    "tasks",
    "undisclosed",
    "webhooks",
]
