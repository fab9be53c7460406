"""Paragraphs that are sentences with a subject: which verbs of theirs ask something, and which state a fact."""

import pytest

from instruments.acts.writing import acts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "La formation continue commence dès la sortie de l’école."),
        ("fr", "Les élèves reçoivent un livret."),
        ("fr", "L’État reçoit chaque année le rapport de l’atelier."),
        ("fr", "Le pin, le chêne, et cetera, poussent ici."),
        ("fr", "L’atelier constitue un lieu d’échange."),
        ("fr", "L’atelier comprend deux salles."),
        ("fr", "Le recours au livre n’est pas proscrit."),
        ("es", "Los talleres constituyen un lugar de encuentro."),
        ("es", "El progreso se funda en el respeto."),
        ("en", "The workshop supports the village."),
    ],
)
def test_a_statement_of_fact_is_no_act(language, text):
    assert acts(language, text) == ()


@pytest.mark.parametrize(
    ("language", "text", "verb", "strength"),
    [
        ("fr", "L’étude de la langue commencera à dix ans.", "commencera", "REQUEST"),
        ("fr", "Chaque atelier comptera dix places.", "comptera", "REQUEST"),
        ("fr", "On évitera de surcharger l’atelier.", "évitera", "REQUEST"),
        ("fr", "On aura recours à des conseils où seront représentés les parents.", "aura", "REQUEST"),
        ("fr", "Les élèves que l’atelier accueillera recevront un livret.", "recevra", "REQUEST"),
        ("fr", "Les maîtres seront invités à donner leur avis.", "invite", "INVITE"),
        ("fr", "Les villages ont droit aux mêmes ateliers.", "a droit", "STATE"),
        ("fr", "L’atelier mérite une attention particulière ; il constitue un refuge.", "mérite", "RECOMMEND"),
        ("fr", "Ceux qui quittent l’atelier recevront un livret.", "recevra", "REQUEST"),
        ("fr", "Rien ne saurait dispenser le maître de ce soin.", "ne saurait", "REQUEST"),
        ("fr", "Mieux vaut un atelier simple qu’un atelier coûteux.", "mieux vaut", "RECOMMEND"),
        ("fr", "Il y aurait avantage à ouvrir un atelier.", "il y a avantage", "RECOMMEND"),
        ("fr", "Par atelier coopératif s’entend tout lieu tenu par ses membres.", "s'entend", "DECIDE"),
        ("es", "Por taller se entiende todo local abierto.", "se entiende", "STATE"),
        ("fr", "La Quinzième Assemblée du village, ayant lu le rapport, a décidé :", "décide", "DECIDE"),
        ("fr", "C’est à la commune qu’incombe l’entretien.", "incombe", "RECOMMEND"),
        ("fr", "Que les maîtres soient libérés de ces travaux.", "soit", "RECOMMEND"),
        ("fr", "Le présent règlement établit le fonds des ateliers.", "établit", "DECIDE"),
        ("es", "El taller funcionará en la sede.", "funcionará", "REQUEST"),
        ("es", "La próxima reunión se celebrará en Lomé.", "celebrará", "REQUEST"),
        ("es", "Todos los pueblos tendrán derecho a un taller.", "tiene derecho", "STATE"),
        ("es", "La Comisión presenta un informe cada año.", "presenta", "DECIDE"),
        ("en", "Every village has the right to a workshop.", "has the right", "STATE"),
    ],
)
def test_the_first_verb_that_asks_is_the_act(language, text, verb, strength):
    assert [(act.verb, act.strength) for act in acts(language, text)][:1] == [(verb, strength)]


def test_a_duty_in_a_later_sentence_is_found_behind_a_statement():
    [act] = acts("fr", "L’atelier est la joie du village. Il devrait être ouvert à tous.")
    assert (act.verb, act.strength) == ("devrait", "RECOMMEND")
