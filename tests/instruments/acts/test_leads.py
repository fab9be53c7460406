"""Verbs that stand before a list of numbered paragraphs, in a report of a meeting, or beside the mark of a note."""

from sse_observatory import instruments


def verbs(text, language=None):
    read = instruments.read_text(text, language=language)
    return [[act.verb for act in read.acts.get(element.id, ())] for element in read.operative]


def test_numbered_paragraphs_that_begin_with_that_continue_the_line_before_them():
    text = """La Conférence,

Vu la nécessité de rapprocher l’école de la vie,

Recommande aux ministères des différents pays :

1° Que l’école rurale dispose d’un jardin ;

2° D’encourager les mutuelles, dans la mesure du possible.
"""
    assert verbs(text) == [["recommande"], ["recommande"], ["recommande"]]
    assert [c.term for c in instruments.read_text(text).acts["op2"][0].conditions] == ["EXTENT_POSSIBLE"]


def test_a_numbered_paragraph_with_a_verb_of_its_own_continues_nothing():
    text = """The Conference,

Noting the report,

Recommends to the ministries:

1. That they keep registers;

2. Requests the secretariat to report.
"""
    assert verbs(text) == [["recommends"], ["recommends"], ["requests"]]


def test_articles_that_open_with_an_infinitive_do_what_the_verb_above_them_decides():
    text = """Déclaration sur les ateliers

Les Ministres, réunis à Lomé,

Vu l’utilité des ateliers,

DÉCIDENT :

Article premier : D’ouvrir un registre des ateliers.

Article 2 : De mettre en place un comité de suivi.
"""
    assert verbs(text) == [["décide"], ["ouvre"], ["met en place"]]


def test_a_list_of_acts_may_stand_below_a_verb_that_only_announces_it():
    text = """Les Ministres,

Vu l’utilité des ateliers,

CONVIENNENT DE CE QUI SUIT :

1. Renforcer la coopération entre les ateliers ;

2. Inviter les bailleurs à les soutenir.
"""
    assert verbs(text) == [["convient"], ["renforce"], ["invite"]]


def test_an_infinitive_below_resolves_is_read_before_the_noun_in_it():
    text = """EL CONSEJO PERMANENTE,

Visto el informe,

RESUELVE:

1. Tomar nota de los resultados de los talleres.

2. Instar a los Estados Miembros a que abran talleres.
"""
    assert verbs(text) == [["resuelve"], ["toma nota"], ["insta"]]


def test_a_sentence_is_no_continuation_though_it_opens_with_a_preposition_or_a_concession():
    text = """La Conférence,

Vu l’utilité des ateliers,

Soumet aux ministères la recommandation suivante :

1. À titre exceptionnel, et pour un an, il pourra être fait appel à des auxiliaires.

2. Des bourses devraient être accordées aux élèves.

3. Que l’atelier soit public ou privé, il devrait être inspecté.

4. Que les ateliers soient ouverts à tous.
"""
    assert verbs(text) == [["soumet"], ["pourra"], ["devraient"], ["devrait"], ["soumet"]]


def test_the_mark_of_a_note_behind_a_comma_hides_no_verb():
    text = """78/999. Mutual societies

At its 49th plenary meeting, on 19 December 2023, the General Assembly, on the recommendation of the Committee,1 took \
note of the report2 and decided to defer the item.
"""
    found = verbs(text)
    assert [len(acts) for acts in found] == [2]


def test_each_paragraph_of_a_quoted_statement_is_one():
    text = """S/PRST/2014/99

At the 7113th meeting, the President of the Security Council made the following statement on behalf of the Council:
"The Security Council reaffirms its commitment to the rule of law.
"The Security Council requests the Secretary-General to report
within twelve months."
"""
    assert verbs(text)[1:] == [["reaffirms"], ["requests"]]


def test_an_enacting_formula_ends_numbered_recitals():
    text = """THE COUNCIL OF THE EUROPEAN UNION,

Having regard to the proposal of the Commission,

Whereas:

(1) There are many mutual societies.

(2) Their law differs.

HAS ADOPTED THIS RECOMMENDATION:

1. This recommendation aims to help them.

2. Member States are recommended to adopt strategies within 24 months.
"""
    read = instruments.read_text(text)
    assert [e.id for e in read.operative] == ["op0", "op1", "op2"]
    assert [e.number for e in read.preamble][-2:] == ["1", "2"]


def test_infinitives_under_a_bare_resolves_are_acts_of_their_own():
    text = """LA ASAMBLEA GENERAL,

TENIENDO EN CUENTA el informe,

RESUELVE:

1. Instar a los Estados Miembros a que actúen.

2. Encomendar a la Secretaría que informe.

3. Fortalecer los registros.
"""
    assert verbs(text, "es") == [["resuelve"], ["insta"], ["encomienda"], ["fortalece"]]


def test_the_items_under_an_open_recommendation_continue_it():
    text = """THE COUNCIL OF THE EUROPEAN UNION,

Having regard to the proposal of the Commission,

HEREBY RECOMMENDS THAT MEMBER STATES:

1. Recognise and support the contribution of repair shops.

2. Adapt their strategies within 24 months.
"""
    read = instruments.read_text(text)
    assert verbs(text) == [["recommends"], ["recommends"], ["recommends"]]
    assert [a.term for a in read.acts["op2"][0].addressees] == ["MEMBER_STATES"]


def test_a_participle_at_the_opening_of_an_item_is_no_verb():
    text = """The General Assembly,

1. Encourages States to grant:

(a) Shared leases;

(b) Loans in kind.
"""
    assert verbs(text) == [["encourages"], ["encourages"], ["encourages"]]


def test_misprinted_and_unaccented_verbs_are_read_and_shown_as_printed():
    act = instruments.read_text("The Council,\n\n1. Retterates its support for the plan;\n").acts["op1"][0]
    assert (act.verb, act.verb_text) == ("reiterates", "Retterates")
    text = "Le Conseil,\n\n1. FELICITE le Bureau ;\n\n2. DECIDE de se réunir ;\n"
    assert verbs(text, "fr") == [["félicite"], ["décide"]]


def test_an_infinitive_below_a_bare_verb_has_its_force_in_every_language():
    opened = {
        "en": "The Assembly,\n\nRecalling its charter,\n\nRESOLVES:",
        "fr": "Les Ministres,\n\nVu la charte,\n\nDÉCIDENT :",
        "es": "LA ASAMBLEA GENERAL,\n\nVista la carta,\n\nRESUELVE:",
    }
    items = {
        "en": ("To refurbish the mill.", "To urge States to help."),
        "fr": ("De rafraîchir le moulin.", "D’exhorter les États à aider."),
        "es": ("Remozar el molino.", "Instar a los Estados a ayudar."),
    }
    for language, (first, second) in items.items():
        read = instruments.read_text(f"{opened[language]}\n\n1. {first}\n\n2. {second}", language=language)
        [lead], [own], [urged] = [read.acts[element.id] for element in read.operative]
        assert own.verb in ("refurbish", "rafraîchir", "remozar")
        assert (own.code, own.strength, urged.strength) == (lead.code, "DECIDE", "CALL")
        assert own.action.lower() in ("the mill", "le moulin", "el molino")


def test_what_is_no_infinitive_below_a_bare_verb_continues_it():
    text = """EL CONSEJO PERMANENTE,

Visto el informe,

DECLARA:

1. Su pleno apoyo a los talleres.

2. La necesidad de abrir más.
"""
    assert verbs(text) == [["declara"], ["declara"], ["declara"]]


def test_items_numbered_in_words_are_acts():
    text = """LA ASAMBLEA GENERAL,

Visto el informe,

RESUELVE:

PRIMERO: Remozar los talleres.

SEGUNDO: Exhortar a los parlamentos a aprobar la ley.
"""
    read = instruments.read_text(text)
    assert [element.number for element in read.operative[1:]] == ["1", "2"]
    assert verbs(text) == [["resuelve"], ["remozar"], ["exhorta"]]


def test_a_fact_below_an_open_recommendation_is_not_recommended_but_one_below_decides_is_decided():
    opened = "Le Conseil,\n\nVu la charte,\n\n{verb} :\n\n1. L’étude du bois ne se borne pas au pin.\n"
    assert verbs(opened.format(verb="Recommande")) == [["recommande"], []]
    assert verbs(opened.format(verb="DÉCIDE")) == [["décide"], ["décide"]]
