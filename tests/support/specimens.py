"""Invented resolutions in the manner of each body and time, every paragraph marked with what it is.

A specimen is text with a mark before each paragraph::

    G organ line      P preambular      O operative      H heading      T title or symbol of the heading
    S session line    I agenda item     D date           C closing      N footnote     A annexed text
    X stripped        L other line of the heading

Each paragraph is one line of this file, however long it is. The content is made up; names of bodies, set phrases and the layout are those of the documents of that body.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from dataclasses import dataclass

MARKS = {
    "G": "organ", "P": "preambular", "O": "operative", "H": "heading", "T": "title", "S": "session", "I": "agenda-item",
    "D": "date", "C": "closing", "N": "footnote", "A": "annex", "X": "stripped", "L": "other", "Y": "symbol",
}  # fmt: skip


@dataclass(frozen=True)
class Specimen:
    """A text with the kind of each paragraph; `symbol` is what the reader should find, None for none."""

    name: str
    language: str
    symbol: str | None
    paragraphs: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return "\n\n".join(text for _, text in self.paragraphs)


def _specimen(name: str, language: str, symbol: str | None, marked: str) -> Specimen:
    paragraphs = []
    for line in marked.strip().splitlines():
        found = re.fullmatch(r"([A-Z]) (.+)", line.strip())
        if found is None:
            raise ValueError(f"{name}: {line!r} has no mark")
        paragraphs.append((MARKS[found[1]], found[2]))
    return Specimen(name, language, symbol, tuple(paragraphs))


ASSEMBLY_2023 = _specimen(
    "General Assembly, plenary, 2023",
    "en",
    "A/RES/78/901",
    """
X United Nations
Y A/RES/78/901
G General Assembly
X Distr.: General
D 21 December 2023
S Seventy-eighth session
I Agenda item 18 (b)
L Resolution adopted by the General Assembly on 19 December 2023
L [on the report of the Second Committee (A/78/999, para. 12)]
T 78/901. Community workshops in rural development
G The General Assembly,
P Recalling its resolutions 70/901 of 22 December 2015 and 72/902 of 20 December 2017 on rural workshops,
P Reaffirming its resolution 70/1 of 25 September 2015, entitled “Transforming our world: the 2030 Agenda for Sustainable Development”, in which it adopted a set of goals, and its commitment to working tirelessly for their full implementation,
P Bearing in mind that workshops, in their various forms, keep young people in their villages,
P Noting with appreciation the report of the Secretary-General,
P Deeply concerned that many workshops lack access to finance, in particular:
P (a) Those led by women;
P (b) Those in mountain areas,
P Stressing that nothing in the present resolution prejudges national law,
O 1. Takes note with appreciation of the report of the Secretary-General;
O 2. Encourages Member States to consider, as appropriate, and in accordance with national circumstances, policies that help workshops to:
O (a) Obtain premises and tools, including by means of:
O (i) Shared leases;
O (ii) Loans in kind;
O (b) Train apprentices;
O 3. Also encourages Member States to collect figures on workshops;
O 4. Further encourages development banks to support workshops through existing instruments;
O 5. Requests the Secretary-General to report to the General Assembly at its eightieth session, within existing resources, on the implementation of the present resolution, and decides to include in the provisional agenda of that session the sub-item entitled “Community workshops”.
C 50th plenary meeting
C 19 December 2023
""",
)

ASSEMBLY_1966 = _specimen(
    "General Assembly, 1966",
    "en",
    "A/RES/2901(XXI)",
    """
T 2901 (XXI). Small fisheries of the islands
G The General Assembly,
P Recalling its resolution 1901 (XVII) of 14 December 1962,
P Having considered the report of the Special Committee,
P Mindful of the provisions of the Charter of the United Nations,
O 1. Approves the report of the Special Committee;
O 2. Reiterates its appeal to the administering Powers to grant licences without delay;
O 3. Deplores the attitude of those which have refused to do so;
O 4. Invites the specialized agencies to co-operate with the Committee;
O 5. Decides to keep the item on its agenda.
C 1493rd plenary meeting,
C 17 December 1966.
""",
)

OMNIBUS = _specimen(
    "General Assembly, several parts",
    "en",
    "A/RES/68/911",
    """
T 68/911. Questions relating to harbours
H A
H GENERAL QUESTIONS
G The General Assembly,
P Recalling its previous resolutions,
P Having considered the report of the Committee on Harbours,
O 1. Calls upon all coastal States to publish their charts;
O 2. Requests the Secretary-General to circulate them.
C 70th plenary meeting
C 11 December 2013
H B
H SMALL HARBOURS
G The General Assembly,
P Noting that small harbours face particular difficulties,
O 1. Decides to consider the question again at its seventieth session;
O 2. Urges lenders to lower their charges.
C 70th plenary meeting
C 11 December 2013
""",
)

SINGLE_PARAGRAPH = _specimen(
    "General Assembly, one operative paragraph",
    "en",
    "A/RES/45/902",
    """
T 45/902. Report of the Committee on Clocks
G The General Assembly,
P Having examined the report of the Committee on Clocks,
P Recalling that the Committee was established in 1951,
O Takes note of the report of the Committee on Clocks and requests it to continue its work.
C 38th plenary meeting
C 16 November 1990
""",
)

ECOSOC_2024 = _specimen(
    "Economic and Social Council, 2024",
    "en",
    "E/RES/2024/91",
    """
T 2024/91. Evening schools and the world of work
G The Economic and Social Council,
P Recalling General Assembly resolution 77/901 of 18 April 2023,
P Recognizing the role of evening schools,
P Welcoming the theme of the sixty-second session of the Commission for Social Development,
O 1. Invites Governments, with the support of relevant stakeholders, to open evening schools, including by:
O (a) Lending classrooms;
O (b) Paying teachers;
O 2. Stresses that attendance should be free of charge;
O 3. Requests the Secretary-General to submit a report to the Commission at its sixty-fourth session.
C 15th plenary meeting
C 5 June 2024
""",
)

ECOSOC_DECISION = _specimen(
    "Economic and Social Council, decision",
    "en",
    "E/DEC/2024/901",
    """
T Decision 2024/901
T Report of the Commission on Weights on its fifty-fifth session
O At its 15th plenary meeting, on 5 June 2024, the Economic and Social Council:
O (a) Took note of the report of the Commission on Weights on its fifty-fifth session;
O (b) Decided that the fifty-sixth session would be held in New York from 4 to 7 March 2025;
O (c) Approved the provisional agenda set out below.
""",
)

HUMAN_RIGHTS_COUNCIL = _specimen(
    "Human Rights Council, 2022",
    "en",
    "A/HRC/RES/50/91",
    """
X United Nations
Y A/HRC/RES/50/91
G General Assembly
X Distr.: General
D 15 July 2022
X Original: English
G Human Rights Council
S Fiftieth session
I Agenda item 3
L Resolution adopted by the Human Rights Council on 7 July 2022
T 50/91. Access to libraries
G The Human Rights Council,
P Guided by the purposes and principles of the Charter of the United Nations,
P Recalling all previous resolutions on access to libraries, including Council resolution 44/90 of 16 July 2020,
P Alarmed that libraries are closing,
O 1. Reaffirms that everyone may read;
O 2. Strongly condemns the burning of books;
O 3. Calls upon States:
O (a) To keep libraries open;
O (b) To refrain from removing books;
O 4. Decides to remain seized of the matter.
C 40th meeting
C 7 July 2022
C [Adopted by a recorded vote of 29 to 14, with 4 abstentions. The voting was as follows:
C In favour:
C Argentina, Armenia, Benin
C Against:
C Bolivia (Plurinational State of), China
C Abstaining:
C Brazil, Gabon]
""",
)

SECURITY_COUNCIL_2015 = _specimen(
    "Security Council, Chapter VII",
    "en",
    "S/RES/2901 (2015)",
    """
X United Nations
Y S/RES/2901 (2015)
G Security Council
X Distr.: General
D 20 November 2015
T Resolution 2901 (2015)
L Adopted by the Security Council at its 7565th meeting, on 20 November 2015
G The Security Council,
P Reaffirming its resolutions 1901 (1999) and 2801 (2014),
P Gravely concerned by the humanitarian situation,
P Determining that the situation continues to constitute a threat to international peace and security,
P Acting under Chapter VII of the Charter of the United Nations,
O 1. Unequivocally condemns in the strongest terms the attacks on convoys;
O 2. Demands that all parties allow safe passage;
O 3. Decides that all States shall take the measures set out in paragraph 2 above;
O 4. Authorizes Member States to inspect vessels;
O 5. Decides to remain actively seized of the matter.
""",
)

SECURITY_COUNCIL_SECTIONS = _specimen(
    "Security Council, sections with considerations in between",
    "en",
    "S/RES/687 (1991)",
    """
T RESOLUTION 687 (1991)
L Adopted by the Security Council at its 2981st meeting, on 3 April 1991
G The Security Council,
P Recalling its resolutions of the past year,
P Conscious of the need to act under Chapter VII of the Charter,
O 1. Affirms all thirteen resolutions noted above;
H A
O 2. Demands that the two States respect the inviolability of the boundary;
O 3. Calls upon the Secretary-General to lend his assistance;
H B
P Conscious of the threat posed by mines,
O 4. Requests the Secretary-General to submit a plan;
O 5. Decides to remain seized of the matter.
""",
)

PRESIDENTIAL_STATEMENT = _specimen(
    "Security Council, statement by the President",
    "en",
    "S/PRST/2015/91",
    """
Y S/PRST/2015/91
T Statement by the President of the Security Council
O At the 7374th meeting of the Security Council, held on 28 January 2015, the President of the Security Council made the following statement on behalf of the Council:
O “The Security Council reaffirms its commitment to the protection of ferries.
O “The Security Council stresses the importance of lighthouses and requests the Secretary-General to report on them.
O “The Council will continue to follow the matter.”
""",
)

DRAFT_THIRD_COMMITTEE = _specimen(
    "Third Committee, draft",
    "en",
    "A/C.3/78/L.91/Rev.1",
    """
X United Nations
Y A/C.3/78/L.91/Rev.1
G General Assembly
X Distr.: Limited
D 3 November 2023
X Original: English
S Seventy-eighth session
G Third Committee
I Agenda item 27 (b)
L Argentina, Bangladesh, Mongolia and Philippines: revised draft resolution
T Workshops in social development
G The General Assembly,
P Recalling its resolutions on workshops,
P Convinced of their importance,
O 1. Draws the attention of all Governments to the recommendations of the Secretary-General;
O 2. Proclaims 2031 the Year of Workshops;
O 3. Encourages all States and others to observe it.
""",
)

ILO_RESOLUTION = _specimen(
    "International Labour Conference, resolution",
    "en",
    "ILC.110/Resolution IX",
    """
Y ILC.110/Resolution IX
T Resolution concerning decent work in repair shops
P The General Conference of the International Labour Organization, meeting at its 110th Session, 2022,
P Having undertaken a general discussion on the basis of Report VI,
O 1. Adopts the following conclusions; and
O 2. Invites the Governing Body of the International Labour Office to give due consideration to the conclusions.
H Conclusions concerning decent work in repair shops
H I. Introduction
O 1. Repair shops employ many people. Their importance has grown in recent years.
O 2. The Conference recognizes that repair extends the life of goods.
H II. Definition
O 3. The term “repair shop” encompasses enterprises that mend goods for use.
H III. Role of governments and social partners
O 4. Governments should:
O (a) create an enabling environment;
O (b) support training, including through:
O (i) vocational schools; and
O (ii) apprenticeships;
O 5. Employers’ and workers’ organizations should consider expanding their services.
""",
)

ILO_RECOMMENDATION = _specimen(
    "International Labour Conference, recommendation",
    "en",
    None,
    """
G The General Conference of the International Labour Organization,
P Having been convened at Geneva by the Governing Body of the International Labour Office, and having met in its 90th Session on 3 June 2002, and
P Recognizing the importance of repair shops in job creation, and
P Having decided upon the adoption of certain proposals, and
P Having determined that these proposals shall take the form of a Recommendation;
O adopts this twentieth day of June of the year two thousand and two the following Recommendation, which may be cited as the Repair Shops Recommendation, 2002.
H I. SCOPE, DEFINITION AND OBJECTIVES
O 1. It is recognized that repair shops operate in all sectors of the economy.
O 2. For the purposes of this Recommendation, the term “repair shop” means an enterprise that mends goods.
H II. POLICY FRAMEWORK AND ROLE OF GOVERNMENTS
O 3. (1) Governments should provide a supportive framework.
O (2) National policies should in particular:
O (a) promote training;
O (b) facilitate access to credit.
""",
)

EU_RECOMMENDATION = _specimen(
    "Council of the European Union, recommendation",
    "en",
    None,
    """
T COUNCIL RECOMMENDATION of 27 November 2023 on developing repair framework conditions
G THE COUNCIL OF THE EUROPEAN UNION,
P Having regard to the Treaty on the Functioning of the European Union, and in particular Article 292 thereof,
P Having regard to the proposal from the European Commission,
P Whereas:
P (1) Repair contributes to the well-being of people.
P (2) According to the Commission, repair shops should be supported. Member States have taken action.
P (3) This Recommendation respects national competences,
O HEREBY RECOMMENDS THAT MEMBER STATES:
H Access to the labour market
O 1. Recognise and support the contribution of repair shops by adopting measures that:
O (a) promote social dialogue;
O (b) support entrepreneurs.
O 2. Adapt their strategies within 24 months of the adoption of this Recommendation.
H Implementation
O 3. The Council welcomes the Commission’s intention to report by 2027.
C Done at Brussels, 27 November 2023.
C For the Council
C The President
""",
)

OECD_RECOMMENDATION = _specimen(
    "OECD Council, recommendation",
    "en",
    "OECD/LEGAL/0999",
    """
Y OECD/LEGAL/0999
T Recommendation of the Council on Repair and Social Innovation
G THE COUNCIL,
P HAVING REGARD to Article 5 b) of the Convention on the Organisation for Economic Co-operation and Development of 14 December 1960;
P HAVING REGARD to the work of the Committee;
P RECOGNISING that repair shops contribute to local development;
P CONSIDERING that their needs differ;
P On the proposal of the Local Employment Committee:
O I. AGREES that, for the purpose of the present Recommendation, the following definitions are used:
O – Repair refers to the mending of goods.
O II. RECOMMENDS that Members and non-Members having adhered to this Recommendation foster repair. To this effect, Adherents should:
O 1. Foster a repair culture, by:
O a) Raising awareness;
O b) Teaching it in schools.
O 2. Create favourable institutional frameworks.
O III. INVITES the Secretary-General to disseminate this Recommendation.
""",
)

POLITICAL_DECLARATION = _specimen(
    "General Assembly, political declaration in an annex",
    "en",
    "A/RES/74/904",
    """
T 74/904. Political declaration of the high-level meeting on wells
G The General Assembly
O Adopts the political declaration approved by the high-level meeting on 23 September 2019, which is annexed to the present resolution.
C 11th plenary meeting
C 10 October 2019
H Annex
H Political declaration of the high-level meeting on wells “Water for all”
P We, Heads of State and Government and representatives of States and Governments, assembled at the United Nations on 23 September 2019, with a dedicated focus on wells, and in this regard we:
O 1. Reaffirm the right of every human being to water;
O 2. Recognize that wells contribute to health, and that:
O (a) They save time;
O (b) They save lives;
H Commitments
O 3. Commit to dig wells where they are needed;
O 4. Request the Secretary-General to provide a progress report at the seventy-fifth session of the General Assembly.
""",
)

COMMISSION_STATUS_OF_WOMEN = _specimen(
    "Commission on the Status of Women, draft",
    "en",
    "E/CN.6/2023/L.93",
    """
Y E/CN.6/2023/L.93
G Commission on the Status of Women
S Sixty-seventh session
T Women and repair
G The Commission on the Status of Women,
P Reaffirming the Beijing Declaration and Platform for Action,
P Also reaffirming that gender equality is essential,
P Having considered the report of the Secretary-General,
O 1. Expresses its deep concern about the gap in wages;
O 2. Calls on Governments to close it;
O 3. Requests the Secretary-General to continue to report.
""",
)

STATISTICAL_COMMISSION = _specimen(
    "Statistical Commission, decision",
    "en",
    None,
    """
T 55/901. Work programme on repair statistics
G The Statistical Commission:
O (a) Welcomed the report of the Working Group on repair statistics;
O (b) Endorsed the guidelines annexed to it;
O (c) Requested the Working Group to report back at its fifty-seventh session.
""",
)

TREATY_BODY = _specimen(
    "Conference of the Parties, decision",
    "en",
    "1/CP.91",
    """
T Decision 1/CP.91
T Repair and adaptation
G The Conference of the Parties,
P Recalling decisions 1/CP.19 and 1/CP.20,
P Also recalling Articles 2 and 3 of the Convention,
O 1. Decides to adopt the arrangements contained in the annex;
O 2. Urges Parties to submit their plans;
O 3. Requests the secretariat to organize a workshop.
""",
)

UNEA = _specimen(
    "Environment Assembly, 2022",
    "en",
    "UNEP/EA.5/Res.91",
    """
Y UNEP/EA.5/Res.91
L Resolution adopted by the United Nations Environment Assembly on 2 March 2022
T 5/91. Repair of goods
G The United Nations Environment Assembly,
P Noting with concern the growth of waste,
P Recalling Assembly resolution 70/1,
O 1. Encourages Member States to promote repair;
O 2. Requests the Executive Director, subject to the availability of resources, to support them.
""",
)

ASSEMBLY_FRENCH = _specimen(
    "Assemblée générale, 2023, en français",
    "fr",
    "A/RES/77/905",
    """
X Nations Unies
Y A/RES/77/905
G Assemblée générale
X Distr. générale
D 27 avril 2023
S Soixante-dix-septième session
I Point 18 de l’ordre du jour
L Résolution adoptée par l’Assemblée générale le 18 avril 2023
L [sans renvoi à une grande commission (A/77/L.905)]
T 77/905. Promotion des ateliers de réparation
G L’Assemblée générale,
P Rappelant sa résolution 70/1 du 25 septembre 2015,
P Réaffirmant que les ateliers créent des emplois,
P Consciente de l’importance des savoir-faire,
P Profondément préoccupée par leur disparition,
P Ayant examiné le rapport du Secrétaire général,
P Notant avec satisfaction les progrès accomplis :
O 1. Prend note du rapport du Secrétaire général ;
O 2. Encourage les États Membres à soutenir les ateliers, notamment :
O a) En prêtant des locaux ;
O b) En formant des apprentis :
O i) Dans les écoles ;
O ii) Dans les entreprises ;
O 3. Prie le Secrétaire général de lui présenter un rapport à sa soixante-dix-neuvième session.
C 66e séance plénière
C 18 avril 2023
""",
)

ASSEMBLY_SPANISH = _specimen(
    "Asamblea General, 2023, en español",
    "es",
    "A/RES/77/905",
    """
X Naciones Unidas
Y A/RES/77/905
G Asamblea General
X Distr. general
D 27 de abril de 2023
S Septuagésimo séptimo período de sesiones
I Tema 18 del programa
L Resolución aprobada por la Asamblea General el 18 de abril de 2023
L [sin remisión previa a una Comisión Principal (A/77/L.905)]
T 77/905. Promoción de los talleres de reparación
G La Asamblea General,
P Recordando su resolución 70/1, de 25 de septiembre de 2015,
P Teniendo presente que los talleres crean empleo,
P Consciente de la importancia de los oficios,
P Profundamente preocupada por su desaparición,
P Habiendo examinado el informe del Secretario General,
O 1. Toma nota del informe del Secretario General;
O 2. Alienta a los Estados Miembros a que apoyen los talleres, en particular:
O a) Prestando locales;
O b) Formando aprendices;
O 3. Solicita al Secretario General que le presente un informe en su septuagésimo noveno período de sesiones.
C 66ª sesión plenaria
C 18 de abril de 2023
""",
)

UNESCO_1938 = _specimen(
    "Conférence internationale de l'instruction publique, 1938",
    "fr",
    None,
    """
T RECOMMANDATION N° 94 AUX MINISTERES DE L’INSTRUCTION PUBLIQUE concernant l’enseignement du jardinage
P La Conférence internationale de l’instruction publique, Convoquée à Genève par le Bureau international d’Education et réunie le dix-huit juillet mil neuf cent trente-huit en sa septième session, adopte à la date du vingt-trois juillet mil neuf cent trente-huit la recommandation suivante :
G La Conférence,
P Considérant que le jardinage développe l’esprit d’observation,
P Vu la Recommandation N° 4 votée par la Conférence en 1935,
P Estimant que l’école primaire doit préparer à la vie,
P Tout en tenant compte des conditions locales,
O Soumet aux Ministères de l’Instruction publique des différents pays la recommandation suivante :
O 1. Il est désirable que chaque école dispose d’un jardin ;
O 2. L’enseignement du jardinage devrait être confié à des maîtres préparés à cette tâche ;
O 3. Les autorités scolaires veilleront à ce que les outils soient adaptés à l’âge des élèves.
""",
)

UNESCO_1962 = _specimen(
    "Conférence internationale de l'instruction publique, 1962",
    "fr",
    None,
    """
T RECOMMANDATION N° 95 AUX MINISTERES DE L’INSTRUCTION PUBLIQUE concernant les bibliothèques scolaires
G La Conférence internationale de l’instruction publique,
P Convoquée à Genève par l’Organisation des Nations Unies pour l’éducation, la science et la culture et par le Bureau international d’éducation, s’y étant réunie le deux juillet mil neuf cent soixante-deux en sa vingt-cinquième session, adopte le douze juillet mil neuf cent soixante-deux la recommandation suivante :
G La Conférence,
P Considérant l’article 26 de la Déclaration universelle des droits de l’homme,
P Considérant que, dans de nombreux pays, les livres manquent ;
P Tenant compte du fait que les bibliothèques sont inégalement réparties,
P Rappelant la Recommandation N° 29,
O Soumet aux Ministères de l’instruction publique des différents pays la recommandation suivante :
H I. Principes généraux
O 1) Toute école, quelle que soit son importance, devrait disposer d’une bibliothèque.
O 2) Les ressources nécessaires devraient être prévues au budget, notamment :
O a) pour l’achat des livres ;
O b) pour le traitement du personnel.
H II. Personnel
O 3) Que les bibliothécaires reçoivent une formation pédagogique.
O 4) Il importe que les maîtres soient associés au choix des livres.
""",
)

UNESCO_1934 = _specimen(
    "Conférence internationale de l'instruction publique, 1934",
    "fr",
    None,
    """
T LA PROLONGATION DES ETUDES
G La troisième Conférence internationale de l’Instruction publique,
P Estimant que l’enfance a droit à l’école,
P Constatant que les heures sont longues,
P Consciente des difficultés financières de nombreux Etats,
O Attire l’attention des autorités scolaires sur les points suivants :
O I. Que la durée des études soit portée à neuf ans partout où cela est possible.
O II. Que des mesures soient prises en faveur des familles nombreuses, telles que :
O a) des bourses ;
O b) des cantines.
O III. Que la formation des maîtres soit organisée en conséquence.
O Emet le voeu que les gouvernements étudient la question.
""",
)

UNESCO_DECLARATION = _specimen(
    "Conférence internationale de l'éducation, déclaration, 1994",
    "fr",
    None,
    """
T DECLARATION DE LA 44e SESSION DE LA CONFERENCE INTERNATIONALE DE L’EDUCATION
P 1. Nous, Ministres de l’éducation réunis pour la 44e session de la Conférence internationale de l’éducation,
P Vivement préoccupés par les manifestations de violence,
P Convaincus que l’éducation doit promouvoir la paix,
P Conscients de nos responsabilités,
O 2. Nous nous efforçons résolument de :
O 2.1 fonder l’éducation sur la tolérance ;
O 2.2 renforcer la formation des enseignants.
O 3. A cette fin, nous nous employons à :
O 3.1 chercher à améliorer les programmes.
""",
)

HEALTH_ASSEMBLY = _specimen(
    "World Health Assembly",
    "en",
    "WHA76.91",
    """
T WHA76.91 Workshops and health
G The Seventy-sixth World Health Assembly,
P Having considered the report of the Director-General;
P Recalling resolution WHA64.24 (2011);
P Noting with concern the figures,
O 1. ADOPTS the plan of action;
O 2. URGES Member States:
O (1) to act without delay;
O (2) to report, including on:
O (a) cost;
O (b) time;
O 3. REQUESTS the Director-General to report to the Seventy-eighth World Health Assembly.
""",
)

NUMBERED_PREAMBLE = _specimen(
    "UNESCO General Conference, numbered preamble",
    "en",
    None,
    """
G The General Conference,
P 1. Having examined document 41 C/901,
P 2. Recalling 40 C/Resolution 901,
O 3. Takes note of the progress made;
O 4. Invites Member States to:
O (a) translate the manual;
O (b) publish it;
O 5. Requests the Director-General to report at its 42nd session.
""",
)

AMERICAN_STATES = _specimen(
    "Organization of American States",
    "en",
    None,
    """
T WORKSHOPS IN THE AMERICAS
G THE GENERAL ASSEMBLY,
P HAVING SEEN the Annual Report of the Permanent Council;
P CONSIDERING:
P That workshops create work;
P That they need access to finance,
O RESOLVES:
O 1. To urge member states to support workshops.
O 2. To request the General Secretariat to report.
""",
)

REPORTED_TEXT = _specimen(
    "Human Rights Council, a text within a reported decision",
    "en",
    "A/HRC/RES/48/915",
    """
T 48/915. Postponement of the workshop
O At its 41st meeting, on 8 October 2021, the Human Rights Council decided to adopt the following text:
G “The Human Rights Council,
P Recalling its resolution 42/9,
O 1. Decides to postpone the workshop;
O 2. Requests the High Commissioner to organize it in 2023.”
C [Adopted without a vote.]
""",
)

UNESCO_CONSIDERATIONS = _specimen(
    "Conférence internationale, considérants sous deux-points",
    "fr",
    None,
    """
T Recommandation n° 96
G La Conférence,
P Considérant :
P Que l’enseignement rural est nécessaire ;
P Que les maîtres doivent être préparés à leur tâche,
O Emet le voeu :
O 1° Que les études soient prolongées ;
O 2° Que les maîtres reçoivent un traitement suffisant ;
O 3° Qu’une attention particulière soit accordée
O a) aux filles,
O b) aux enfants des campagnes.
""",
)

ALL = tuple(value for value in globals().values() if isinstance(value, Specimen))
