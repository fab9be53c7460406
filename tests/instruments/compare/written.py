"""Paragraphs in the style of resolutions, written here, and editing operations whose outcome is known.

`paragraphs` draws a text of distinct paragraphs that share verbs, addressees and formulas as real ones do; `edited`
changes it by operations a drafter uses and says which paragraph became which.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

VERBS = {
    "en": ["Encourages", "Invites", "Requests", "Urges", "Calls upon", "Recommends to"],
    "fr": ["Encourage", "Invite", "Prie", "Engage", "Demande à", "Exhorte"],
    "es": ["Alienta a", "Invita a", "Solicita a", "Insta a", "Exhorta a", "Pide a"],
}
ADDRESSEES = {
    "en": [
        "Member States",
        "the Secretary-General",
        "the regional commissions",
        "international financial institutions",
        "the entities of the United Nations development system",
        "local authorities",
        "employers and workers",
    ],
    "fr": [
        "les États Membres",
        "le Secrétaire général",
        "les commissions régionales",
        "les collectivités locales",
        "les institutions financières internationales",
        "les entités du système des Nations Unies",
        "les employeurs et les travailleurs",
    ],
    "es": [
        "los Estados Miembros",
        "el Secretario General",
        "las comisiones regionales",
        "las autoridades locales",
        "las instituciones financieras internacionales",
        "las entidades del sistema de las Naciones Unidas",
        "los empleadores y los trabajadores",
    ],
}
ACTIONS = {
    "en": [
        "simplify the registration of worker-owned enterprises in rural districts",
        "publish household data on unpaid care broken down by sex and age",
        "open public procurement to associations that insert long-term unemployed persons",
        "train inspectors in the particular governance of mutual societies",
        "review tax rules that penalise the pooling of harvests by small producers",
        "set up guarantee funds for young entrepreneurs who take over a family workshop",
        "include credit unions in national strategies for financial literacy",
        "study how digital platforms owned by their drivers set wages",
        "restore market halls and storage facilities damaged by floods",
        "extend social insurance to home-based embroiderers and street vendors",
        "revise school curricula so that pupils learn how meetings are chaired",
        "map the organisations that deliver meals to older persons living alone",
        "harmonise the accounting standards used by housing societies",
        "finance pilot projects on the recycling of fishing nets",
        "protect seed banks kept by Indigenous women",
        "exchange lessons on the conversion of closing factories by their staff",
        "measure the energy produced by community wind parks",
        "facilitate the transfer of pensions between provident funds",
        "prevent the abuse of the cooperative form by labour intermediaries",
        "strengthen libraries and radio stations run by neighbourhood groups",
        "prepare a handbook on arbitration between members and boards",
        "support refugees who found joint ventures with their hosts",
        "collect figures on volunteering after earthquakes",
        "lower the cost of remittances sent through savings clubs",
        "involve federations of craft guilds in vocational certification",
        "examine the insolvency regime applicable to non-profit hospitals",
        "provide legal aid to waste pickers who wish to associate",
        "promote women to the management of agricultural unions",
        "digitise land registers held by village councils",
        "evaluate microinsurance against drought for herders",
    ],
    "fr": [
        "simplifier l’immatriculation des entreprises détenues par leurs salariés en zone rurale",
        "publier des données sur le travail domestique non rémunéré ventilées par sexe et par âge",
        "ouvrir les marchés publics aux associations qui insèrent des chômeurs de longue durée",
        "former les inspecteurs à la gouvernance particulière des mutuelles",
        "revoir les règles fiscales qui pénalisent la mise en commun des récoltes",
        "créer des fonds de garantie pour les jeunes qui reprennent un atelier familial",
        "associer les caisses populaires aux stratégies d’éducation financière",
        "étudier la fixation des salaires sur les plateformes appartenant à leurs chauffeurs",
        "remettre en état les halles et les entrepôts endommagés par les inondations",
        "étendre l’assurance sociale aux brodeuses à domicile et aux vendeurs ambulants",
        "réviser les programmes scolaires pour que les élèves apprennent à présider une réunion",
        "recenser les organismes qui livrent des repas aux personnes âgées isolées",
        "harmoniser les normes comptables des sociétés de logement",
        "financer des projets pilotes de recyclage des filets de pêche",
        "protéger les banques de semences tenues par des femmes autochtones",
        "partager les enseignements de la reprise d’usines par leur personnel",
        "mesurer l’énergie que produisent les parcs éoliens communautaires",
        "faciliter le transfert des pensions entre caisses de prévoyance",
        "prévenir le détournement du statut coopératif par des intermédiaires de main-d’œuvre",
        "renforcer les bibliothèques et les radios gérées par les comités de quartier",
        "rédiger un manuel d’arbitrage entre sociétaires et conseils",
        "appuyer les réfugiés qui fondent une entreprise avec leurs hôtes",
        "réunir des chiffres sur le bénévolat après les séismes",
        "abaisser le coût des envois de fonds passant par les clubs d’épargne",
        "faire participer les fédérations d’artisans à la certification professionnelle",
    ],
    "es": [
        "simplificar la inscripción de las empresas propiedad de sus trabajadores en zonas rurales",
        "publicar datos sobre el trabajo doméstico no remunerado desglosados por sexo y edad",
        "abrir la contratación pública a las asociaciones que emplean a desempleados de larga duración",
        "formar a los inspectores en la gobernanza propia de las mutualidades",
        "revisar las normas tributarias que penalizan la venta conjunta de cosechas",
        "crear fondos de garantía para los jóvenes que se hacen cargo de un taller familiar",
        "incluir a las cajas de ahorro en las estrategias de educación financiera",
        "estudiar cómo fijan los salarios las plataformas que pertenecen a sus conductores",
        "reparar los mercados y almacenes dañados por las inundaciones",
        "ampliar el seguro social a las bordadoras a domicilio y los vendedores ambulantes",
        "adaptar los planes de estudio para que el alumnado aprenda a presidir reuniones",
        "registrar las organizaciones que llevan comidas a personas mayores que viven solas",
        "armonizar las normas contables de las sociedades de vivienda",
        "financiar proyectos piloto de reciclado de redes de pesca",
        "proteger los bancos de semillas que custodian mujeres indígenas",
        "intercambiar enseñanzas sobre fábricas recuperadas por su plantilla",
        "medir la energía que producen los parques eólicos comunitarios",
        "facilitar el traslado de pensiones entre cajas de previsión",
        "impedir el abuso de la forma cooperativa por intermediarios laborales",
        "fortalecer las bibliotecas y radios que gestionan los vecinos",
        "elaborar un manual de arbitraje entre socios y consejos",
        "apoyar a los refugiados que fundan empresas con sus anfitriones",
        "reunir cifras sobre el voluntariado después de los terremotos",
        "abaratar las remesas enviadas mediante clubes de ahorro",
        "asociar a los gremios artesanos a la certificación profesional",
    ],
}
FORMULAS = {
    "en": [
        "and the social and solidarity economy in sustainable development",
        "with a view to achieving the Sustainable Development Goals",
        "and to report on progress made",
        "in cooperation with representative organizations",
        "while leaving no one behind",
    ],
    "fr": [
        "et l’économie sociale et solidaire au service du développement durable",
        "en vue d’atteindre les objectifs de développement durable",
        "et de rendre compte des progrès accomplis",
        "en coopération avec les organisations représentatives",
        "en ne laissant personne de côté",
    ],
    "es": [
        "y la economía social y solidaria al servicio del desarrollo sostenible",
        "con miras a alcanzar los Objetivos de Desarrollo Sostenible",
        "e informar de los progresos realizados",
        "en cooperación con las organizaciones representativas",
        "sin dejar a nadie atrás",
    ],
}
CONDITIONS = {
    "en": [", where appropriate", ", upon request", ", within existing resources"],
    "fr": [", le cas échéant", ", sur demande", ", dans les limites des ressources existantes"],
    "es": [", cuando proceda", ", previa solicitud", ", dentro de los límites de los recursos existentes"],
}
AND = {"en": "and to", "fr": "et à", "es": "y a"}


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as its parts, so that it can be edited like a sentence."""

    verb: str
    addressee: str
    actions: tuple[str, ...]
    formula: str
    condition: str = ""
    also: str = ""

    def text(self, lang: str) -> str:
        head = f"{self.also} {self.verb[0].lower()}{self.verb[1:]}" if self.also else self.verb
        to = "to " if lang == "en" else "à " if lang == "fr" else "a "
        return f"{head} {self.addressee} {to}{f' {AND[lang]} '.join(self.actions)}{self.condition}, {self.formula};"


@dataclass
class Pair:
    """Two texts and the truth: for each new paragraph the old ones it comes from, and the operation applied."""

    lang: str
    old: list[str]
    new: list[str]
    links: set[tuple[tuple[int, ...], tuple[int, ...]]]
    operations: list[str] = field(default_factory=list)


def _invented(draw: random.Random) -> str:
    return "".join(draw.choice("bcdfglmnprstv") + draw.choice("aeiou") for _ in range(draw.randrange(2, 5)))


def paragraphs(draw: random.Random, lang: str, count: int) -> list[Paragraph]:
    """Distinct paragraphs of one to three actions; no action occurs twice in the text."""
    actions = draw.sample(ACTIONS[lang], len(ACTIONS[lang]))
    found = []
    while len(found) < count:
        take = draw.choice([1, 1, 2, 2, 3])
        if len(actions) < take:
            # A text longer than the bank: invented words, so that no two paragraphs say the same by chance.
            actions += [" ".join(_invented(draw) for _ in range(draw.randrange(6, 12))) for _ in range(20)]
        found.append(
            Paragraph(
                draw.choice(VERBS[lang]),
                draw.choice(ADDRESSEES[lang]),
                tuple(actions.pop() for _ in range(take)),
                draw.choice(FORMULAS[lang]),
            )
        )
    return found


def _reworded(p: Paragraph, draw: random.Random, lang: str) -> Paragraph:
    kind = draw.choice(["formula", "verb", "addressee", "words", "condition"])
    if kind == "formula":
        return Paragraph(p.verb, p.addressee, p.actions, draw.choice(FORMULAS[lang]), p.condition)
    if kind == "verb":
        return Paragraph(draw.choice(VERBS[lang]), p.addressee, p.actions, p.formula, p.condition)
    if kind == "addressee":
        return Paragraph(p.verb, draw.choice(ADDRESSEES[lang]), p.actions, p.formula, p.condition)
    if kind == "condition":
        return Paragraph(p.verb, p.addressee, p.actions, p.formula, draw.choice(CONDITIONS[lang]))
    at = draw.randrange(len(p.actions))
    there = p.actions[at].split()
    cut = there[:-2] if draw.random() < 0.5 else there[:2] + there[3:]
    actions = (*p.actions[:at], " ".join(cut), *p.actions[at + 1 :])
    return Paragraph(p.verb, p.addressee, actions, p.formula, p.condition)


def edited(draw: random.Random, lang: str, count: int, intensity: float = 0.5) -> Pair:
    """A text of `count` paragraphs and its successor, with the correspondence that the edits made."""
    everything = paragraphs(draw, lang, count + max(2, count // 5))
    old, fresh = everything[:count], everything[count:]
    used = {a for p in everything for a in p.actions}
    extra = [a for a in ACTIONS[lang] if a not in used]
    operations: list[str] = []
    made: list[tuple[Paragraph, tuple[int, ...]]] = []
    at = 0
    while at < len(old):
        chance = draw.random()
        p = old[at]
        if chance > intensity:
            made.append((p, (at,)))
            operations.append("kept")
        else:
            choice = draw.choice(["reword", "reword", "rewrite", "extend", "shorten", "drop", "split", "merge", "move"])
            if choice == "drop":
                operations.append("dropped")
            elif choice == "split" and len(p.actions) > 1:
                for k, action in enumerate(p.actions):
                    also = {"en": "Also", "fr": "", "es": ""}[lang] if k else ""
                    made.append((Paragraph(p.verb, p.addressee, (action,), p.formula, also=also), (at,)))
                operations.append("split")
            elif choice == "merge" and at + 1 < len(old):
                q = old[at + 1]
                made.append((Paragraph(p.verb, p.addressee, p.actions + q.actions, p.formula), (at, at + 1)))
                operations.append("merged")
                at += 1
            elif choice == "move" and made:
                made.insert(draw.randrange(len(made)), (p, (at,)))
                operations.append("moved")
            elif choice == "extend" and extra:
                longer = Paragraph(p.verb, p.addressee, (*p.actions, extra.pop()), p.formula)
                made.append((_reworded(longer, draw, lang), (at,)))
                operations.append("extended")
            elif choice == "shorten" and len(p.actions) > 1:
                made.append((Paragraph(p.verb, p.addressee, p.actions[:-1], p.formula), (at,)))
                operations.append("shortened")
            elif choice == "rewrite":
                changed = p
                for _ in range(4):
                    changed = _reworded(changed, draw, lang)
                made.append((changed, (at,)))
                operations.append("rewritten")
            else:
                made.append((_reworded(p, draw, lang), (at,)))
                operations.append("reworded")
        at += 1
        if fresh and draw.random() < 0.15:
            made.append((fresh.pop(), ()))
            operations.append("new")
    groups: dict[tuple[int, ...], list[int]] = {}
    links: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for j, (_, source) in enumerate(made):
        if source:
            groups.setdefault(source, []).append(j)
        else:
            links.add(((), (j,)))
    links |= {(source, tuple(js)) for source, js in groups.items()}
    there = {i for source in groups for i in source}
    links |= {((i,), ()) for i in range(len(old)) if i not in there}
    return Pair(lang, [p.text(lang) for p in old], [p.text(lang) for p, _ in made], links, operations)


def worn(draw: random.Random, count: int, rate: float) -> Pair:
    """Texts of one subject whose paragraphs draw on one stock of words, each word changed at `rate` in the new one.

    Real resolutions are like that: every paragraph speaks of the same few things. Paragraphs may also be dropped, added
    and moved; the truth is known because the words carry it, not because they differ.
    """
    stock = [_invented(draw) for _ in range(400)]
    ranks = [1 / (k + 4) for k in range(len(stock))]

    def say(length: int) -> list[str]:
        return draw.choices(stock, ranks, k=length)

    opening = [say(4) for _ in range(5)]
    old = [draw.choice(opening) + say(draw.randrange(12, 90)) for _ in range(count)]
    made: list[tuple[list[str], tuple[int, ...]]] = []
    operations = []
    for at, there in enumerate(old):
        chance = draw.random()
        if chance < 0.1:
            operations.append("dropped")
            continue
        new = [w for w in there if draw.random() > rate / 3]
        new = [draw.choices(stock, ranks)[0] if draw.random() < rate / 3 else w for w in new]
        new = [w for v in new for w in ([v, *say(1)] if draw.random() < rate / 3 else [v])]
        place = draw.randrange(len(made)) if made and chance > 0.9 else len(made)
        made.insert(place, (new, (at,)))
        operations.append("reworded")
        if draw.random() < 0.15:
            made.append((draw.choice(opening) + say(draw.randrange(12, 90)), ()))
            operations.append("new")
    links: set[tuple[tuple[int, ...], tuple[int, ...]]] = {(source, (j,)) for j, (_, source) in enumerate(made)}
    there_still = {source[0] for _, source in made if source}
    links |= {((i,), ()) for i in range(count) if i not in there_still}
    return Pair("xx", [" ".join(p) for p in old], [" ".join(p) for p, _ in made], links, operations)
