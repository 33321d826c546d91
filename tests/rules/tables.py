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
_CONSENTS = "ratification+acceptance+approval+accession+succession+formal_confirmation+notification"
_CONSENT = f"clause:{_CONSENTS}"
_POWERS = "act:full_powers+full_powers_not_required+subsequent_confirmation @vclt_7"
_OTHERS_FIRST = f"unless:submission+{_CONSENTS}"
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
        _POWERS,
        "evidence:signed_text",
    ],
    "submit_for_ratification": [f"document:draft_law {_OTHERS_FIRST}", f"document:explanatory_note {_OTHERS_FIRST}"],
    "enter_into_force": ["participants", f"{_CONSENT} @vclt_24"],
    "suspend": ["evidence:notice @vclt_57"],
    "resume": ["evidence:notice"],
    "terminate": ["evidence:notice @vclt_54"],
    "expire": ["passed:valid_until"],
    "supersede": [
        "participants",
        "successor from:signed+ratifying",
        "successor from:in_force+suspended @vclt_59",
    ],
    "withdraw": ["evidence:intention_notice from:signed+ratifying @vclt_18"],
}
#: Procedure, transition: what must be there, in this order, and the law that says so. Every other transition is free.
REQUIRES = {
    "ratified": _TREATY_REQUIRES,
    "eu_mixed": _TREATY_REQUIRES
    | {
        "authorise": ["evidence:mandate @tfeu_218_3"],
        "sign": [
            "document:signing_decision @tfeu_218_5" if item == "document:signing_decision" else item
            for item in _TREATY_REQUIRES["sign"]
        ],
    },
    "multilateral": _TREATY_REQUIRES | {"enter_into_force": ["clause:depositary_notice @vclt_24"]},
    "simplified": {
        "authorise": ["evidence:mandate"],
        "initial": ["participants", "evidence:initialled_text @vclt_10"],
        "sign": [
            "participants",
            "clearance",
            "document:signing_decision",
            _POWERS,
            "evidence:signed_text",
        ],
        "enter_into_force": ["clause:note_verbale @vclt_24"],
        "suspend": ["evidence:notice @vclt_57"],
        "resume": ["evidence:notice"],
        "terminate": ["evidence:notice @vclt_54"],
        "expire": ["passed:valid_until"],
        "supersede": ["participants", "successor from:signed", "successor from:in_force+suspended @vclt_59"],
        "withdraw": ["evidence:intention_notice from:signed @vclt_18"],
    },
    "non_binding": {
        "sign": ["participants", "evidence:signed_text"],
        "enter_into_force": ["reached:valid_from"],
        "expire": ["passed:valid_until"],
        "supersede": ["participants", "successor"],
    },
}
#: What the files cite, in English.
_STATES = (
    "Vienna Convention on the Law of Treaties of 1969 "
    "(with an international organisation: that of 1986, not in force), "
)
_ORGANISATIONS = (
    "Vienna Convention of 1986 on the law of treaties between states and international organisations (not in force), "
)
_TFEU = "Treaty on the Functioning of the European Union, "
_PERSONS = "nor of heads of state, heads of government and ministers for foreign affairs: 7(2)(a)"
_GROUNDS = (
    "Art. 60–62 (breach, impossibility, fundamental change of circumstances), Art. 65–67 (notification and instruments)"
)
_ARTICLES = {
    "vclt_7": (
        f"Art. 7 (not required where practice or circumstances show so: 7(1)(b); {_PERSONS}); "
        "Art. 8 (confirmation afterwards)"
    ),
    "vclt_10": "Art. 10",
    "vclt_18": "Art. 18(a) (after signature, before consent to be bound)",
    "vclt_24": "Art. 24",
    "vclt_54": (
        "Art. 54 (by its provisions or by consent of all the parties), Art. 56 (no such provision: only where the "
        f"right was intended or is implied, with twelve months’ notice), {_GROUNDS}"
    ),
    "vclt_57": (
        "Art. 57 (by its provisions or by consent of all the parties), Art. 58 (between certain parties only), "
        f"{_GROUNDS}"
    ),
    "vclt_59": "Art. 59 (a later treaty of all the parties on the same subject matter); otherwise Art. 30(4)",
}
_EXPERTISE = {
    "kz_treaties_4": ("Law on International Treaties of the Republic of Kazakhstan, Art. 4: mandatory before signing")
}
_PROPOSALS = {
    "kz_treaties_5": (
        "Law on International Treaties of the Republic of Kazakhstan, Art. 5: the proposal to sign is submitted at "
        "least 14 calendar days before signing"
    ),
    "kz_treaties_5_republic": (
        "Law on International Treaties of the Republic of Kazakhstan, Art. 5: where a central executive body proposes "
        "signing on behalf of the Republic, at least 30 calendar days before signing"
    ),
    "kz_treaties_5_3": (
        "Law on International Treaties of the Republic of Kazakhstan, Art. 5(3): the Government’s proposal reaches the "
        "President at least 14 calendar days before signing"
    ),
}
_OF_STATES = {name: _STATES + text for name, text in _ARTICLES.items()}
LAWS = {
    "ratified": _EXPERTISE | _PROPOSALS | _OF_STATES,
    "multilateral": _EXPERTISE | _PROPOSALS | _OF_STATES,
    "simplified": _PROPOSALS | _OF_STATES,
    "non_binding": {},
    "eu_mixed": _EXPERTISE
    | _PROPOSALS
    | {name: _ORGANISATIONS + text for name, text in _ARTICLES.items()}
    | {
        "tfeu_218_3": f"For the European Union: {_TFEU}Art. 218(3)–(4) (authority to negotiate)",
        "tfeu_218_5": f"For the European Union: {_TFEU}Art. 218(5) (Council decision authorising the signing)",
        "vclt_7": (
            f"{_ORGANISATIONS}Art. 7 (of states, not required where practice or circumstances show so: 7(1)(b); "
            f"{_PERSONS}; of organisations: 7(3)); Art. 8 (confirmation afterwards)"
        ),
        "vclt_24": (
            f"{_ORGANISATIONS}Art. 24; for the European Union: {_TFEU}Art. 218(6) (Council decision concluding the "
            "agreement; consent or consultation of the European Parliament where required)"
        ),
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
