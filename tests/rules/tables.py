"""The five procedures, written out: the specification that tests compare the data files with."""

CODES = ("ratified", "simplified", "eu_mixed", "non_binding", "multilateral")

# ---- what each procedure foresees ----
_TREATY = {
    "proposed": "authorise withdraw",
    "mandated": "open_negotiations withdraw",
    "negotiating": "initial withdraw",
    "initialled": "prepare_signing withdraw reopen",
    "signing": "sign withdraw reopen",
    "signed": "submit_for_ratification supersede withdraw",
    "ratifying": "enter_into_force supersede withdraw",
    "in_force": "suspend terminate expire supersede",
    "suspended": "resume terminate expire supersede",
    "terminated": "",
    "expired": "",
    "superseded": "",
    "withdrawn": "reopen",
}
#: Procedure, stage, the transitions that the procedure foresees from there.
FORESEEN = {
    "ratified": _TREATY,
    "eu_mixed": _TREATY,
    # The text of a conference is adopted, not always initialled.
    "multilateral": _TREATY | {"negotiating": "initial prepare_signing withdraw"},
    "simplified": {
        "proposed": "authorise open_negotiations withdraw",
        "mandated": "open_negotiations withdraw",
        "negotiating": "initial prepare_signing withdraw",
        "initialled": "prepare_signing withdraw reopen",
        "signing": "sign withdraw reopen",
        "signed": "enter_into_force supersede withdraw",
        "in_force": "suspend terminate expire supersede",
        "suspended": "resume terminate expire supersede",
        "terminated": "",
        "expired": "",
        "superseded": "",
        "withdrawn": "reopen",
    },
    "non_binding": {
        "proposed": "open_negotiations prepare_signing withdraw",
        "negotiating": "prepare_signing withdraw",
        "signing": "sign withdraw reopen",
        "signed": "enter_into_force supersede withdraw",
        "in_force": "suspend terminate expire supersede",
        "suspended": "resume terminate expire supersede",
        "terminated": "",
        "expired": "",
        "superseded": "",
        "withdrawn": "reopen",
    },
}
_TREATY_PATH = "proposed mandated negotiating initialled signing signed ratifying in_force"
PATHS = {
    "ratified": _TREATY_PATH,
    "eu_mixed": _TREATY_PATH,
    "multilateral": _TREATY_PATH,
    "simplified": "proposed negotiating signing signed in_force",
    "non_binding": "proposed signing signed in_force",
}
_TREATY_STAGES = {
    "proposed": ("authorise", "own", 365),
    "mandated": ("open_negotiations", "own", 365),
    "negotiating": ("initial", "own", 730),
    "initialled": ("prepare_signing", "own", 180),
    "signing": ("sign", "own", 180),
    "signed": ("submit_for_ratification", "own", 180),
    "ratifying": ("enter_into_force", "own", 730),
}
_LATER_STAGES = {
    "in_force": (None, "nobody", None),
    "suspended": ("resume", "own", None),
    "terminated": (None, "nobody", None),
    "expired": (None, "nobody", None),
    "superseded": (None, "nobody", None),
    "withdrawn": (None, "nobody", None),
}
#: Procedure, stage: the usual next step, who acts, after how many days the agreement counts as stuck.
STAGES = {
    "ratified": _TREATY_STAGES | _LATER_STAGES,
    "eu_mixed": _TREATY_STAGES | _LATER_STAGES,
    "multilateral": _TREATY_STAGES | {"ratifying": ("enter_into_force", "depositary", 730)} | _LATER_STAGES,
    "simplified": {
        "proposed": ("open_negotiations", "own", 365),
        "mandated": ("open_negotiations", "own", 180),
        "negotiating": ("prepare_signing", "own", 365),
        "initialled": ("prepare_signing", "own", 180),
        "signing": ("sign", "own", 90),
        "signed": ("enter_into_force", "own", 180),
    }
    | _LATER_STAGES,
    "non_binding": {
        "proposed": ("prepare_signing", "own", 365),
        "negotiating": ("prepare_signing", "own", 365),
        "signing": ("sign", "own", 90),
        "signed": ("enter_into_force", "own", None),
    }
    | _LATER_STAGES,
}
_CONSENT = "act:ratification+acceptance+approval+accession+succession+formal_confirmation+notification"
_TREATY_REQUIRES = {
    "authorise": ["evidence:mandate"],
    "initial": ["participants", "evidence:initialled_text @vclt_10"],
    "prepare_signing": ["evidence:decision"],
    "sign": [
        "participants",
        "document:legal_expertise @kz_treaties_4",
        "document:linguistic_expertise @kz_treaties_4",
        "clearance",
        "document:signing_decision",
        "act:full_powers @vclt_7",
        "evidence:signed_text",
    ],
    "submit_for_ratification": ["document:draft_law", "document:explanatory_note"],
    "enter_into_force": ["participants", f"{_CONSENT} @vclt_24"],
    "suspend": ["evidence:notice"],
    "terminate": ["evidence:notice @vclt_54"],
    "expire": ["passed:valid_until"],
    "supersede": ["participants", "successor @vclt_59"],
}
#: Procedure, transition: what must be there, in this order, and the law that says so. Every other transition is free.
REQUIRES = {
    "ratified": _TREATY_REQUIRES,
    "eu_mixed": _TREATY_REQUIRES | {"authorise": ["evidence:mandate @tfeu_218_3"]},
    "multilateral": _TREATY_REQUIRES | {"enter_into_force": ["evidence:depositary_notice @vclt_24"]},
    "simplified": {
        "authorise": ["evidence:mandate"],
        "initial": ["participants", "evidence:initialled_text @vclt_10"],
        "sign": [
            "participants",
            "clearance",
            "document:signing_decision",
            "act:full_powers @vclt_7",
            "evidence:signed_text",
        ],
        "enter_into_force": ["evidence:note_verbale @vclt_24"],
        "suspend": ["evidence:notice"],
        "terminate": ["evidence:notice @vclt_54"],
        "expire": ["passed:valid_until"],
        "supersede": ["participants", "successor @vclt_59"],
    },
    "non_binding": {
        "sign": ["participants", "evidence:signed_text"],
        "enter_into_force": ["reached:valid_from"],
        "expire": ["passed:valid_until"],
        "supersede": ["participants", "successor"],
    },
}
TITLES = {
    "ratified": (
        "Treaty subject to ratification",
        "Международный договор, подлежащий ратификации",
        "Ратификациялануға жататын халықаралық шарт",
    ),
    "simplified": (
        "Treaty in simplified form",
        "Международный договор в упрощённой форме",
        "Оңайлатылған нысандағы халықаралық шарт",
    ),
    "eu_mixed": (
        "Mixed agreement with the European Union and its member states",
        "Смешанное соглашение с Европейским союзом и его государствами-членами",
        "Еуропалық одақпен және оған мүше мемлекеттермен аралас келісім",
    ),
    "non_binding": (
        "Non-binding instrument",
        "Документ, не имеющий обязательной силы",
        "Міндетті күші жоқ құжат",
    ),
    "multilateral": (
        "Multilateral treaty with a depositary",
        "Многосторонний договор с депозитарием",
        "Депозитарийі бар көпжақты шарт",
    ),
}
