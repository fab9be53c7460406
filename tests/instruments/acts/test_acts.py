"""Acts in full: what the follow-up records need from a paragraph."""

from __future__ import annotations

from datetime import date

import pytest

from instruments.acts.writing import act, acts, element
from sse_observatory.instruments.acts import Context, acts_of
from sse_observatory.instruments.model import Element, Kind, Run, Span

REPORT = (
    "Requests the Secretary-General to draw up, within existing resources and in collaboration with the United Nations "
    "Inter-Agency Task Force on Social and Solidarity Economy, a report on how the present resolution is carried out, "
    "mindful of decent work, for the General Assembly at its eighty-first session, and decides to place on the "
    "provisional agenda of that session, under the item on sustainable development, a sub-item on the same subject."
)
MEASURES = (
    "Encourages Member States to adopt and carry out strategies for the social and solidarity economy as one path to "
    "sustainable development, taking into account national circumstances, plans and priorities, by, inter alia, "
    "drawing up dedicated laws, where appropriate, showing, when feasible, the weight of the sector in official "
    "statistics, offering tax and procurement incentives and teaching the subject in schools;"
)


def test_a_request_for_a_report_and_a_decision_on_the_agenda_are_two_acts():
    request, decision = acts("en", REPORT, symbol="A/RES/79/213", adopted=date(2024, 12, 19))

    assert (request.id, request.verb, request.code, request.strength) == ("op1", "requests", "REQUEST", "REQUEST")
    assert [(a.term, a.text) for a in request.addressees] == [("SECRETARY_GENERAL", "Secretary-General")]
    assert [c.term for c in request.conditions] == ["EXISTING_RESOURCES", "IN_CONSULTATION"]
    assert request.action.startswith("draw up, within existing resources")
    assert request.deadline.session == 81
    assert [r.this for r in request.references] == [True]
    assert (decision.id, decision.verb, decision.strength) == ("op1-b", "decides", "DECIDE")
    assert decision.action.startswith("place on the provisional agenda")
    assert decision.conditions == ()


def test_a_session_date_is_inferred_and_names_its_rule():
    request, _ = acts("en", REPORT, symbol="A/RES/79/213", adopted=date(2024, 12, 19))

    assert (request.deadline.basis, request.deadline.rule) == ("inferred", "SESSION_OPENING")
    assert request.deadline.due == date(2026, 9, 8)
    assert request.deadline.text == "at its eighty-first session"


def test_without_a_known_body_a_session_has_no_date():
    request = act("en", "Requests the Office to report to it at its twelfth session;")

    assert (request.deadline.session, request.deadline.due, request.deadline.basis) == (12, None, "stated")
    assert request.deadline.rule == "SESSION_NAMED"


def test_a_stated_day_is_stated_and_a_year_is_inferred():
    day = act("en", "Requests the Office to report by 30 June 2027;").deadline
    year = act("en", "Requests the Office to report by 2027;").deadline
    before = act("en", "Requests the Office to report before 2027;").deadline

    assert (day.due, day.basis, day.rule) == (date(2027, 6, 30), "stated", "DAY_STATED")
    assert (year.due, year.basis, year.rule) == (date(2027, 12, 31), "inferred", "END_OF_YEAR")
    assert (before.due, before.basis, before.rule) == (date(2026, 12, 31), "inferred", "YEAR_BEFORE")


def test_months_count_from_adoption_and_end_with_the_month():
    text = "Recommends that Member States adopt a strategy within 18 months;"
    found = act("en", text, symbol="32023H01344", adopted=date(2023, 8, 31)).deadline
    unknown = act("en", text).deadline

    assert (found.due, found.basis, found.rule) == (date(2025, 2, 28), "inferred", "PERIOD_AFTER_ADOPTION")
    assert unknown.due is None


@pytest.mark.parametrize(
    "text",
    [
        "Requests the Office to follow the plan adopted on 3 May 2021;",
        "Recalls that the Assembly is to revert to the item at its ninetieth session;",
        "Requests the Office to build on the decision adopted by the Assembly at its seventy-seventh session;",
        "Requests the Office to draw on the year proclaimed for 2012;",
    ],
)
def test_what_dates_something_else_is_no_deadline(text):
    assert act("en", text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline is None


@pytest.mark.parametrize(
    ("language", "text", "rule", "years"),
    [
        ("en", "Invites States to keep the Day on the first Saturday of July every year;",
         "FREQ=YEARLY;BYMONTH=7;BYDAY=1SA", 1),
        ("en", "Invites States to keep the Day every year, on the first Saturday of July;",
         "FREQ=YEARLY;BYMONTH=7;BYDAY=1SA", 1),
        ("en", "Invites States to keep the Day each year on 5 July;", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=5", 1),
        ("en", "Decides to proclaim a Year every ten years;", "FREQ=YEARLY;INTERVAL=10", 10),
        ("en", "Decides to meet biennially;", "FREQ=YEARLY;INTERVAL=2", 2),
        ("en", "Decides to meet every other year;", "FREQ=YEARLY;INTERVAL=2", 2),
        ("en", "Decides to meet twice a year;", "FREQ=MONTHLY;INTERVAL=6", None),
        ("fr", "Invite les États à célébrer la Journée le premier samedi de juillet de chaque année ;",
         "FREQ=YEARLY;BYMONTH=7;BYDAY=1SA", 1),
        ("fr", "Décide de se réunir tous les deux ans ;", "FREQ=YEARLY;INTERVAL=2", 2),
        ("es", "Invita a los Estados a celebrar el Día el primer sábado de julio de cada año;",
         "FREQ=YEARLY;BYMONTH=7;BYDAY=1SA", 1),
        ("es", "Decide reunirse cada dos años;", "FREQ=YEARLY;INTERVAL=2", 2),
    ],
)  # fmt: skip
def test_a_recurrence_is_a_rule_that_calendars_know(language, text, rule, years):
    from dateutil.rrule import rrulestr

    found = act(language, text).recurrence

    assert (found.rule, found.interval_years) == (rule, years)
    assert rrulestr(f"DTSTART:20240101T000000\nRRULE:{found.rule}")[0] is not None


def test_two_sessions_are_a_recurrence_due_first_at_the_earlier():
    found = act("en", "Requests the Secretary-General to report to the General Assembly at its seventy-eighth and "
                      "eightieth sessions;")  # fmt: skip

    assert found.recurrence.sessions == (78, 80)
    assert (found.deadline.session, found.deadline.rule) == (78, "SESSION_OPENING")


def test_measures_keep_the_conditions_that_limit_each():
    found = act("en", MEASURES)

    assert [m.text.split(",")[0] for m in found.measures] == [
        "drawing up dedicated laws",
        "showing",
        "offering tax and procurement incentives",
        "teaching the subject in schools",
    ]
    applied = {c.term: c.applies_to.of(MEASURES).split(",")[0] if c.applies_to else None for c in found.conditions}
    assert applied == {
        "NATIONAL_CIRCUMSTANCES": None,
        "WHERE_APPROPRIATE": "drawing up dedicated laws",
        "WHEN_FEASIBLE": "showing",
    }
    [national] = [c for c in found.conditions if c.term == "NATIONAL_CIRCUMSTANCES"]
    assert national.text == "taking into account national circumstances, plans and priorities"


def test_a_chapeau_governs_its_subparagraphs_with_its_conditions():
    above, first, second, third = acts(
        "en",
        "Urges Member States, where appropriate:",
        "To adopt laws on cooperatives by 2027;",
        "To collect statistics, when feasible;",
        "Requests the Office to help them;",
    )

    assert above.conditions[0].source_element is None
    assert (first.verb, first.chapeau, first.addressees) == ("urges", "op1", above.addressees)
    assert [(c.term, c.source_element) for c in second.conditions] == [
        ("WHEN_FEASIBLE", None),
        ("WHERE_APPROPRIATE", "op1"),
    ]
    assert first.deadline.due == date(2027, 12, 31)
    assert (third.verb, third.chapeau, third.conditions) == ("requests", None, ())


def test_a_subparagraph_may_go_on_with_the_chapeau_and_then_have_a_verb_of_its_own():
    _, collect, help_them = acts(
        "en", "Urges Member States:", "To collect statistics, and requests the Office to help;"
    )

    assert (collect.id, collect.verb, collect.action) == ("op1(a)", "urges", "collect statistics")
    assert (help_them.id, help_them.verb) == ("op1(a)-b", "requests")


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("en", "Invites Governments, relevant international organizations and cooperatives to act;",
         ["GOVERNMENTS", "INTERNATIONAL_ORGANIZATIONS", "COOPERATIVES"]),
        ("en", "Requests the Special Rapporteur of the Human Rights Council to act;", ["SPECIAL_PROCEDURES"]),
        ("en", "Invites the Guild of Bakers and the Office to act;", [None, "OFFICE"]),
        ("en", "Invites the Office of Fair Trading to act;", [None]),
        ("en", "Calls upon the private sector, civil society and academia, as appropriate, to act;",
         ["PRIVATE_SECTOR", "CIVIL_SOCIETY", "ACADEMIA"]),
        ("en", "Encourages States parties to the Covenant to act;", ["STATES_PARTIES"]),
        ("en", "Calls upon Governments, youth-led organizations, philanthropy and academia to act;",
         ["GOVERNMENTS", None, None, "ACADEMIA"]),
        ("en", "Requests the Office of the United Nations High Commissioner for Human Rights to act;", ["UN_SYSTEM"]),
        ("fr", "Invite les États Membres, agissant de concert, à agir ;", ["MEMBER_STATES"]),
        ("en", "Draws the attention of Governments to the report;", ["GOVERNMENTS"]),
        ("en", "Welcomes the report of the Secretary-General;", []),
        ("en", "Decides that the Committee shall meet;", []),
        ("fr", "Invite les gouvernements, les banques de développement et le secteur privé à agir ;",
         ["GOVERNMENTS", "DEVELOPMENT_BANKS", "PRIVATE_SECTOR"]),
        ("fr", "Recommande aux États Membres de veiller à l’ordre ;", ["MEMBER_STATES"]),
        ("es", "Exhorta a los gobiernos, a los bancos de desarrollo y al sector privado a que actúen;",
         ["GOVERNMENTS", "DEVELOPMENT_BANKS", "PRIVATE_SECTOR"]),
        ("es", "Pide a la Oficina que actúe;", ["OFFICE"]),
    ],
)  # fmt: skip
def test_addressees_are_terms_where_the_catalogue_knows_the_name(language, text, terms):
    assert [a.term for a in act(language, text).addressees] == terms


@pytest.mark.parametrize(
    ("language", "phrase", "term"),
    [
        ("en", "as and where appropriate", "WHERE_APPROPRIATE"),
        ("en", "upon the request of the State concerned", "UPON_REQUEST"),
        ("en", "from within existing resources", "EXISTING_RESOURCES"),
        ("en", "in accordance with their respective mandates", "WITHIN_MANDATES"),
        ("en", "in accordance with General Assembly resolution 77/281", "IN_ACCORDANCE_WITH"),
        ("en", "in accordance with national legislation", "NATIONAL_LAW"),
        ("en", "subject to the availability of voluntary contributions", "AVAILABILITY_OF_RESOURCES"),
        ("en", "on mutually agreed terms and conditions", "MUTUALLY_AGREED_TERMS"),
        ("en", "on a voluntary basis", "VOLUNTARY"),
        ("en", "without prejudice to national law", "WITHOUT_PREJUDICE"),
        ("en", "to the fullest extent possible", "EXTENT_POSSIBLE"),
        ("en", "as and when required", "AS_REQUIRED"),
        ("en", "where applicable", "WHERE_APPLICABLE"),
        ("fr", "s’il y a lieu", "WHERE_APPROPRIATE"),
        ("fr", "à la demande des États concernés", "UPON_REQUEST"),
        ("fr", "dans la limite des ressources disponibles", "EXISTING_RESOURCES"),
        ("fr", "en étroite coopération avec les États", "IN_CONSULTATION"),
        ("fr", "dans toute la mesure possible", "EXTENT_POSSIBLE"),
        ("fr", "sans préjudice du droit national", "WITHOUT_PREJUDICE"),
        ("es", "cuando proceda", "WHERE_APPROPRIATE"),
        ("es", "en la medida de lo posible", "EXTENT_POSSIBLE"),
        ("es", "de conformidad con su legislación nacional", "NATIONAL_LAW"),
        ("es", "sin perjuicio de los derechos adquiridos", "WITHOUT_PREJUDICE"),
    ],
)
def test_conditions_are_terms_with_the_words_of_the_text(language, phrase, term):
    text = {"en": f"Requests the Office, {phrase}, to act;", "fr": f"Prie le Bureau, {phrase}, d’agir ;",
            "es": f"Pide a la Oficina que, {phrase}, actúe;"}[language]  # fmt: skip

    [condition] = act(language, text).conditions

    assert (condition.term, condition.text) == (term, phrase)
    assert condition.span.of(text) == phrase


def test_references_keep_their_paragraph_and_point_into_the_source():
    text = "Recalls paragraphs 2 to 4 of its resolution 77/281, and reaffirms paragraph 3 above;"
    recalled, reaffirmed = acts("en", text, symbol="A/RES/79/213")

    [reference] = recalled.references
    assert (str(reference.symbol), reference.paragraph) == ("A/RES/77/281", "2 to 4")
    assert [(r.this, r.paragraph) for r in reaffirmed.references] == [(True, "3")]


def test_spans_lead_back_to_the_source_where_the_text_was_mended():
    source = "Requests the Secre-\ntary-General to\n\n  act, where appropriate;"
    text = "Requests the Secretary-General to act, where appropriate;"
    runs = (Run(0, 0, 18), Run(18, 20, 15), Run(33, 34, 0), Run(34, 39, len(text) - 34))
    mended = Element("op1", Kind.OPERATIVE, text, (Span(0, len(source)),), runs=runs)

    [found] = acts_of(mended, Context("en"))

    assert found.conditions[0].span.of(source) == "where appropriate"
    assert found.addressees[0].text == "Secretary-General"
    assert found.addressees[0].span.of(source) == "Secre-\ntary-General"


def test_only_operative_elements_have_acts():
    text = "Requests the Office to act;"
    heading = Element("h1", Kind.HEADING, text, (Span(0, len(text)),), runs=(Run(0, 0, len(text)),))

    assert acts_of(heading, Context("en")) == ()
    assert acts_of(element("op1", "   "), Context("en")) == ()


def test_the_present_indicative_of_european_acts_is_a_duty_of_its_subject():
    text = "Les États membres désignent des points de contact et les notifient à la Commission."
    found = act("fr", text)

    assert (found.verb, found.code) == ("désigne", "DESIGNATE")


def test_the_commission_of_an_act_of_the_union_is_the_european_commission():
    text = "INVITES the Commission to report by 31 December 2026;"

    assert act("en", text, symbol="32023H01344").addressees[0].term == "EUROPEAN_COMMISSION"
    assert act("en", text, symbol="A/RES/77/281").addressees[0].term == "COMMISSION"


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("en", "Invites Member States, including developing countries, to act;", ["MEMBER_STATES"]),
        ("en", "Encourages multilateral, regional and national development banks to act;", ["DEVELOPMENT_BANKS"]),
        ("en", "Each Member shall act.", ["MEMBER_STATES"]),
        ("fr", "Encourage les États Membres, y compris les pays en développement, à agir ;", ["MEMBER_STATES"]),
        ("fr", "Encourage les États Membres, y compris les femmes rurales, à agir ;", ["MEMBER_STATES"]),
        ("fr", "Invite les banques de développement multilatérales, régionales et nationales à agir ;",
         ["DEVELOPMENT_BANKS"]),
        ("fr", "Encourage le système des Nations Unies pour le développement, y compris les équipes de pays, à agir ;",
         ["UN_SYSTEM", "COUNTRY_TEAMS"]),
        ("fr", "Tout Membre doit agir.", ["MEMBER_STATES"]),
        ("es", "Alienta al sistema de las Naciones Unidas para el desarrollo a que actúe;", ["UN_SYSTEM"]),
        ("es", "Alienta a los bancos multilaterales, regionales y nacionales de desarrollo a que actúen;",
         ["DEVELOPMENT_BANKS"]),
        ("es", "Todo Miembro deberá actuar.", ["MEMBER_STATES"]),
    ],
)  # fmt: skip
def test_what_an_aside_or_an_adjective_picks_out_of_a_body_is_no_other_body(language, text, terms):
    assert [addressee.term for addressee in act(language, text).addressees] == terms


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "Encourages States to adopt, taking into account national circumstances, plans and priorities, laws;",
         "taking into account national circumstances, plans and priorities"),
        ("fr", "Encourage les États à adopter des lois, compte tenu des circonstances nationales ;",
         "compte tenu des circonstances nationales"),
        ("fr", "Encourage les États à adopter, en tenant compte des plans et priorités nationaux, des lois ;",
         "en tenant compte des plans et priorités nationaux"),
    ],
)  # fmt: skip
def test_national_circumstances_end_where_their_list_ends(language, text, found):
    [condition] = act(language, text).conditions
    assert (condition.term, condition.text) == ("NATIONAL_CIRCUMSTANCES", found)


@pytest.mark.parametrize(
    ("language", "text", "due"),
    [
        ("fr", "Prie le Bureau de faire rapport à sa quatre-vingt-quinzième session ;", "2040-09-11"),
        ("fr", "Prie le Bureau de faire rapport dans les 24 mois ;", "2026-12-19"),
        ("fr", "Prie le Bureau de faire rapport d’ici à la fin de 2026 ;", "2026-12-31"),
        ("es", "Pide a la Oficina que informe a finales de 2026;", "2026-12-31"),
        ("es", "Pide a la Oficina que informe de aquí a 2030;", "2030-12-31"),
        ("es", "Pide a la Oficina que informe dentro de los seis meses siguientes;", "2025-06-19"),
        ("en", "Requests the Office to report no later than 31 March 2026;", "2026-03-31"),
        ("en", "Requests the Office to report within six months of the adoption;", "2025-06-19"),
    ],
)
def test_deadlines_of_a_text_adopted_on_19_december_2024(language, text, due):
    deadline = act(language, text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline
    assert deadline is not None
    assert str(deadline.due) == due


@pytest.mark.parametrize(
    ("language", "text", "due"),
    [
        ("en", "Requests the Office to report six months after the adoption of the present resolution;", "2025-06-19"),
        ("en", "Requests the Office to report not later than 90 days following its adoption;", "2025-03-19"),
        ("en", "Requests the Office to report within a year of the date of adoption of this decision;", "2025-12-19"),
        ("fr", "Prie le Bureau de faire rapport six mois après l’adoption de la présente résolution ;", "2025-06-19"),
        ("fr", "Prie le Bureau de faire rapport dans les 90 jours suivant son adoption ;", "2025-03-19"),
        ("es", "Pide a la Oficina que informe seis meses después de la aprobación de la presente resolución;",
         "2025-06-19"),
        ("es", "Pide a la Oficina que informe en un plazo de 90 días a contar desde su aprobación;", "2025-03-19"),
    ],
)  # fmt: skip
def test_a_period_counted_from_adoption_has_an_inferred_day(language, text, due):
    found = act(language, text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline

    assert found is not None
    assert (str(found.due), found.basis, found.rule) == (due, "inferred", "PERIOD_AFTER_ADOPTION")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Requests the Office to report within six months of the entry into force of the Convention;"),
        ("en", "Requests the Office to report within three months of the adoption of the budget;"),
        ("fr", "Prie le Bureau de faire rapport dans les six mois suivant l’entrée en vigueur de la Convention ;"),
        ("es", "Pide a la Oficina que informe dentro de los seis meses siguientes a la entrada en vigor del Convenio;"),
    ],
)
def test_a_period_counted_from_something_else_has_no_day(language, text):
    found = act(language, text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline

    assert found is not None
    assert (found.due, found.basis, found.rule) == (None, "stated", "PERIOD_AFTER_EVENT")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Decides to extend the mandate of the Working Group for a period of three years;"),
        ("en", "Decides to renew the mandate for an additional twelve months;"),
        ("en", "Decides to convene a meeting for five days;"),
        ("en", "Requests the Office to hold consultations over the next three years;"),
        ("en", "Requests States to submit information no later than six months before the Conference;"),
        ("fr", "Décide de proroger le mandat du Groupe de travail pour une période de trois ans ;"),
        ("fr", "Prie le Bureau d’assurer une formation pendant deux ans ;"),
        ("es", "Decide prorrogar el mandato del Grupo de Trabajo por un período de tres años;"),
        ("es", "Solicita a la Oficina que imparta capacitación durante dos años;"),
    ],
)
def test_how_long_something_lasts_is_no_deadline(language, text):
    assert act(language, text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Decides to extend the mandate for a further period until 31 December 2025;"),
        ("fr", "Décide de proroger le mandat pour une nouvelle période, jusqu’au 31 décembre 2025 ;"),
        ("es", "Decide prorrogar el mandato por un nuevo período hasta el 31 de diciembre de 2025;"),
    ],
)
def test_until_when_something_lasts_is_one(language, text):
    found = act(language, text, symbol="A/RES/79/213", adopted=date(2024, 12, 19)).deadline

    assert found is not None
    assert (found.due, found.basis) == (date(2025, 12, 31), "stated")

def test_a_session_too_far_away_to_be_of_the_body_that_speaks_has_no_day():
    deadline = act(
        "en", "Requests the Office to report to its 355th session;", symbol="A/RES/79/213", adopted=date(2024, 12, 19)
    ).deadline
    assert deadline is not None
    assert (deadline.session, deadline.due) == (355, None)


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("en", "Requests the Office to submit a biennial report;", "FREQ=YEARLY;INTERVAL=2"),
        ("en", "Requests the Office to submit annual progress reports;", "FREQ=YEARLY"),
        ("en", "Requests the Office to add a chapter to its annual report;", None),
        ("fr", "Prie le Bureau de présenter un rapport biennal ;", "FREQ=YEARLY;INTERVAL=2"),
        ("fr", "Prie le Bureau de faire rapport tous les deux ans ;", "FREQ=YEARLY;INTERVAL=2"),
        ("es", "Pide a la Oficina que presente un informe anual;", "FREQ=YEARLY"),
    ],
)
def test_a_report_may_say_itself_how_often_it_is_made(language, text, rule):
    recurrence = act(language, text).recurrence
    assert (recurrence.rule if recurrence else None) == rule
