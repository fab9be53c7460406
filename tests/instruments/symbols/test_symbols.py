"""Symbols of every series: one spelling, one link, one file name; unknown forms refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_observatory.instruments import symbols

KNOWN = [line.split(" | ") for line in """
A/RES/77/281 | A/RES/77/281 | resolution | 77
a/res/77/281 | A/RES/77/281 | resolution | 77
A / RES / 77 / 281 | A/RES/77/281 | resolution | 77
A/RES/78/175* | A/RES/78/175 | resolution | 78
A/RES/78/175/Corr.1 | A/RES/78/175/Corr.1 | resolution | 78
A/RES/2152(XXI) | A/RES/2152(XXI) | resolution | 21
A/RES/217(III)A | A/RES/217(III) A | resolution | 3
A/RES/217A(III) | A/RES/217(III) A | resolution | 3
A/RES/3201(S-VI) | A/RES/3201(S-VI) | resolution | S-6
A/RES/1004(ES-II) | A/RES/1004(ES-II) | resolution | ES-2
A/RES/ES-10/17 | A/RES/ES-10/17 | resolution | ES-10
A/RES/S-32/1 | A/RES/S-32/1 | resolution | S-32
A/RES/68/268 A | A/RES/68/268 A | resolution | 68
A/RES/46/36L | A/RES/46/36 L | resolution | 46
A/RES/46/36[L] | A/RES/46/36 L | resolution | 46
A/RES/S-20/4A-E | A/RES/S-20/4 A-E | resolution | S-20
S/RES/1325 (2000) | S/RES/1325 (2000) | resolution | -
S/RES/1(1946) | S/RES/1 (1946) | resolution | -
S/RES/1325 | S/RES/1325 | resolution | -
S/PRST/2015/3 | S/PRST/2015/3 | presidential statement | 2015
E/RES/2024/6 | E/RES/2024/6 | resolution | 2024
E/RES/1296(XLIV) | E/RES/1296(XLIV) | resolution | 44
T/RES/2183(LIII) | T/RES/2183(LIII) | resolution | 53
A/HRC/RES/50/1 | A/HRC/RES/50/1 | resolution | 50
A/HRC/RES/S-31/1 | A/HRC/RES/S-31/1 | resolution | S-31
A/HRC/DEC/18/117 | A/HRC/DEC/18/117 | decision | 18
A/HRC/50/L.1/Rev.1 | A/HRC/50/L.1/Rev.1 | draft | 50
A/DEC/77/551 | A/DEC/77/551 | decision | 77
E/DEC/2017/212 | E/DEC/2017/212 | decision | 2017
A/77/L.60 | A/77/L.60 | draft | 77
A/C.3/78/L.11 | A/C.3/78/L.11 | draft | 78
A/79/437/Add.11 | A/79/437/Add.11 | document | 79
E/2023/L.5 | E/2023/L.5 | draft | 2023
E/CN.5/2023/3 | E/CN.5/2023/3 | document | 2023
E/CN.4/RES/2005/20 | E/CN.4/RES/2005/20 | resolution | 2005
E/CN.4/Sub.2/RES/1999/1 | E/CN.4/SUB.2/RES/1999/1 | resolution | 1999
ST/SGB/2018/1 | ST/SGB/2018/1 | document | 2018
ST/ESA/STAT/SER.F/91/Rev.1 | ST/ESA/STAT/SER.F/91/Rev.1 | document | -
CCPR/C/21/Rev.1/Add.13 | CCPR/C/21/Rev.1/Add.13 | document | -
CCPR/C/FRA/CO/5 | CCPR/C/FRA/CO/5 | document | -
CEDAW/C/GC/37 | CEDAW/C/GC/37 | document | -
HRI/GEN/1/Rev.9 (Vol. I) | HRI/GEN/1/Rev.9 (Vol. I) | document | -
TD/B/C.I/CLP/55 | TD/B/C.I/CLP/55 | document | -
TD/519/Add.2 | TD/519/Add.2 | document | -
UNEP/EA.6/Res.1 | UNEP/EA.6/Res.1 | resolution | 6
UNEP/EA.5/RES.14 | UNEP/EA.5/Res.14 | resolution | 5
HSP/HA.1/Res.1 | HSP/HA.1/Res.1 | resolution | 1
GC.19/Res.3 | GC.19/Res.3 | resolution | 19
UNEP/CBD/COP/DEC/X/2 | UNEP/CBD/COP/DEC/X/2 | decision | 10
ESCAP/RES/77/1 | ESCAP/RES/77/1 | resolution | 77
A/CONF.157/24 (Part I) | A/CONF.157/24 (Part I) | document | -
A/CONF.212/L.1/Rev.1* | A/CONF.212/L.1/Rev.1 | draft | -
FCCC/CP/2015/10/Add.1 | FCCC/CP/2015/10/Add.1 | document | 2015
S/4357 | S/4357 | document | -
A/810 | A/810 | document | -
1/CP.21 | 1/CP.21 | decision | 21
WHA76.4 | WHA76.4 | resolution | 76
EB150.R2 | EB150.R2 | resolution | 150
GB.343/INS/3/2 | GB.343/INS/3/2 | document | 343
GB.340/PFA/1(Rev.1) | GB.340/PFA/1(Rev.1) | document | 340
GB.309/10 | GB.309/10 | document | 309
ILC.110/Resolution II | ILC.110/Resolution II | resolution | 110
ILC.110/Record No. 7A | ILC.110/Record No. 7A | document | 110
ICLS/20/2018/Guidelines | ICLS/20/2018/Guidelines | guidelines | 20
ICLS/21/2023/RESOLUTION I | ICLS/21/2023/Resolution I | resolution | 21
R193 | R193 | recommendation | -
C 87 | C087 | convention | -
OECD/LEGAL/472 | OECD/LEGAL/0472 | legal instrument | -
32023H01344 | 32023H01344 | recommendation | -
CELEX:32014L0024 | 32014L0024 | directive | -
52021DC0778 | 52021DC0778 | communication | -
http://data.europa.eu/eli/C/2023/1344/oj | eli/C/2023/1344/oj | document | -
eli/reg/2016/679/oj | eli/reg/2016/679/oj | regulation | -
C/2023/1344 | C/2023/1344 | document | -
OJ C 137, 12.5.2010, p. 1 | OJ C 137, 12.5.2010, p. 1 | document | 137
JO C 137 du 12.5.2010, p. 1 | OJ C 137, 12.5.2010, p. 1 | document | 137
DO C 137 de 12.5.2010, p. 1 | OJ C 137, 12.5.2010, p. 1 | document | 137
A/RES/217 A (III) | A/RES/217(III) A | resolution | 3
A/ES-10/L.26 | A/ES-10/L.26 | draft | ES-10
A/C.3/76/L.1/Rev.1/Add.1/Corr.1 | A/C.3/76/L.1/Rev.1/Add.1/Corr.1 | draft | 76
A/79/86–E/2024/60 | A/79/86-E/2024/60 | document | 79
E/1995/23-E/CN.4/1995/176 | E/1995/23-E/CN.4/1995/176 | document | 1995
A/79/6 (Sect.9) | A/79/6 (Sect. 9) | document | 79
A/80/6 (Sect. 12)/Corr.1 | A/80/6 (Sect. 12)/Corr.1 | document | 80
A/79/6 (Introduction) | A/79/6 (Introduction) | document | 79
S/PV.4370 (Resumption 1) | S/PV.4370 (Resumption 1) | document | -
S/Agenda/7374 | S/AGENDA/7374 | document | -
CERD/C/FRA/CO/22-23 | CERD/C/FRA/CO/22-23 | document | -
TD(XIV)/PC/1 | TD(XIV)/PC/1 | document | -
TD/B(S-XXVII)/3 | TD/B(S-XXVII)/3 | document | -
ICCD/COP(15)/21 | ICCD/COP(15)/21 | document | -
UNEP/POPS/COP.9/SC-9/1 | UNEP/POPS/COP.9/SC-9/1 | document | -
WFP/EB.1/2024/1 | WFP/EB.1/2024/1 | document | 2024
EB150(2) | EB150(2) | decision | 150
A75/10 Rev.1 | A75/10 Rev.1 | document | 75
UNESCO 41 C/Resolution 15 | 41 C/Resolution 15 | resolution | 41
41 C/Res. 15 | 41 C/Resolution 15 | resolution | 41
40 C/Résolution 25 | 40 C/Resolution 25 | resolution | 40
202 EX/Decision 5 | 202 EX/Decision 5 | decision | 202
202 EX/5.I.A | 202 EX/5.I.A | document | 202
GC(67)/RES/14 | GC(67)/RES/14 | resolution | 67
GOV/2024/1 | GOV/2024/1 | document | -
INFCIRC/140 | INFCIRC/140 | document | -
FAO C 2023/REP | C 2023/REP | document | 2023
CL 170/REP | CL 170/REP | document | 170
Assembly/AU/Dec.75 (V) | Assembly/AU/Dec.75(V) | decision | 5
EX.CL/Dec.1143(XL) Rev.1 | EX.CL/Dec.1143(XL) Rev.1 | decision | 40
AG/RES. 2987 (LII-O/22) | AG/RES. 2987 (LII-O/22) | resolution | LII-O/22
CP/RES. 1234 (2414/24) | CP/RES. 1234 (2414/24) | resolution | 2414/24
GB.346/PV | GB.346/PV | document | 346
GB.346/INS/3/Décision | GB.346/INS/3/Decision | decision | 346
GB.309/SG/DECL/2 | GB.309/SG/DECL/2 | document | 309
ILC.110/Résolution II | ILC.110/Resolution II | resolution | 110
ILC.110/Resolución II | ILC.110/Resolution II | resolution | 110
ILC.110/Compte rendu n° 7A | ILC.110/Record No. 7A | document | 110
ILC.110/Actas núm. 7A | ILC.110/Record No. 7A | document | 110
ICLS/20/2018/Résolution I | ICLS/20/2018/Resolution I | resolution | 20
R.193 | R193 | recommendation | -
C(2022)99/FINAL | C(2022)99/FINAL | document | 2022
C/MIN(2022)3 | C/MIN(2022)3 | document | 2022
COM/2021/778 final | COM(2021) 778 final | communication | -
SWD(2021) 373 final | SWD(2021) 373 final | document | -
P9_TA(2022)0288 | P9_TA(2022)0288 | resolution | 9
32023H1344R(01) | 32023H1344R(01) | recommendation | -
52021XC0430(01) | 52021XC0430(01) | notice | -
ELI: http://data.europa.eu/eli/C/2023/1344/oj | eli/C/2023/1344/oj | document | -
ICC-ASP/12/Res.8 | ICC-ASP/12/Res.8 | resolution | 12
Resolution ICC-ASP/12/Res.8 | ICC-ASP/12/Res.8 | resolution | 12
ICC-ASP/15/5/Add.1 | ICC-ASP/15/5/Add.1 | document | 15
RC/Res.6 | RC/Res.6 | resolution | -
EUR/RC62/R4 | EUR/RC62/R4 | resolution | 62
EM/RC59/R3 | EM/RC59/R.3 | resolution | 59
WPR/RC63.R4 | WPR/RC63.R4 | resolution | 63
CD58.R1 | CD58.R1 | resolution | 58
CSP29.R2 | CSP29.R2 | resolution | 29
EBSS3.R1 | EBSS3.R1 | resolution | 3
FCTC/COP10(4) | FCTC/COP10(4) | decision | 10
A.1110(30) | A.1110(30) | resolution | 30
Resolution MEPC.304(72) | MEPC.304(72) | resolution | 72
A40-18 | A40-18 | resolution | 40
Resolution 71 (Rev. Dubai, 2018) | Resolution 71 (Rev. Dubai, 2018) | resolution | -
C-16/DEC.11 | C-16/DEC.11 | decision | 16
EC-M-33/DEC.1 | EC-M-33/DEC.1 | decision | M-33
CTBT/PC-58/2 | CTBT/PC-58/2 | document | 58
WIPO/GRTKF/IC/40/6 | WIPO/GRTKF/IC/40/6 | document | 40
Resolution Conf. 9.24 (Rev. CoP19) | Conf. 9.24 (Rev. CoP19) | resolution | 9
Decision 5/COP.11 | 5/COP.11 | decision | 11
BC-14/12 | BC-14/12 | decision | 14
Recommendation CM/Rec(2010)1 | CM/Rec(2010)1 | recommendation | -
Rec(2003)5 | Rec(2003)5 | recommendation | -
Recommendation No. R (87) 3 | R (87) 3 | recommendation | -
CM/ResDH(2011)174 | CM/ResDH(2011)174 | resolution | -
PACE Resolution 1735 (2010) | PACE Resolution 1735 (2010) | resolution | -
ECLAC resolution 684(XXXV) | ECLAC resolution 684(XXXV) | resolution | 35
CEPAL resolución 684 (XXXV) | ECLAC resolution 684(XXXV) | resolution | 35
LC/G.2586(SES.35/13) | LC/G.2586(SES.35/13) | document | -
LC/PUB.2018/24-P | LC/PUB.2018/24-P | document | 2018
A/HRC/DEC/OM/7/1 | A/HRC/DEC/OM/7/1 | decision | OM/7
E/HLPF/2022/3 | E/HLPF/2022/3 | document | 2022
A/HRC/AC/27/2 | A/HRC/AC/27/2 | document | 27
A/SPC/45/L.11 | A/SPC/45/L.11 | draft | 45
A/HRC/WGAD/2019/12 | A/HRC/WGAD/2019/12 | document | 2019
CBD/CP/MOP/DEC/10/3 | CBD/CP/MOP/DEC/10/3 | decision | 10
GB.350/INS/PV/Draft | GB.350/INS/PV/Draft | document | 350
GOV/INF/2021/31 | GOV/INF/2021/31 | document | -
https://eur-lex.europa.eu/eli/reg/2016/679/oj | eli/reg/2016/679/oj | regulation | -
""".strip().splitlines()]  # fmt: skip


@pytest.mark.parametrize(("written", "text", "type_", "session"), KNOWN, ids=[k[0] for k in KNOWN])
def test_known_forms_have_one_spelling(written, text, type_, session):
    symbol = symbols.parse(written)

    assert (symbol.text, symbol.type, symbol.session or "-") == (text, type_, session)
    assert symbols.parse(symbol.text) == symbol
    if "OJ " not in text:
        assert symbols.parse(symbol.file_name) == symbol


FILES = {
    "A_RES_78_175": "A/RES/78/175", "A-RES-78-175": "A/RES/78/175", "A_RES_78_175-EN.pdf": "A/RES/78/175",
    "a_res_78_175.json": "A/RES/78/175", "A_RES_S-32_1": "A/RES/S-32/1", "A-RES-S-32-1": "A/RES/S-32/1",
    "A-RES-ES-10-17": "A/RES/ES-10/17", "A_C.3_78_L.11": "A/C.3/78/L.11", "S_RES_1325(2000)": "S/RES/1325 (2000)",
    "S_RES_1325_(2000).pdf": "S/RES/1325 (2000)", "S_RES_1325_2000": "S/RES/1325 (2000)", "S-RES-1325": "S/RES/1325",
    "A_RES_2152(XXI)": "A/RES/2152(XXI)", "A_RES_2152_XXI": "A/RES/2152(XXI)", "A_RES_46_36_L": "A/RES/46/36 L",
    "E_RES_2024_6_fr.docx": "E/RES/2024/6", "https://docs.un.org/en/A/RES/78/175": "A/RES/78/175",
    "https://undocs.org/A/RES/78/175": "A/RES/78/175", "OECD-LEGAL-0472": "OECD/LEGAL/0472",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), FILES.items())
def test_file_names_and_links_are_read(name, text):
    assert symbols.parse(name).text == text


UNKNOWN = [
    "", " ", "A", "A/", "/", "A/77", "A/RES/77", "A/RES/281", "A//77", "A/RES//281", "A/RES/77/0", "A/RES/77/281/3",
    "A/RES/77/xx", "A/RES/5/1", "A/RES/2024/1", "A/RES/99999/1", "A/RES/2152(XXIIX)", "A/RES/77/281 of 2023",
    "A/RES/77/281/Rev.", "E/2024", "E/RES/6", "E/RES/77/281", "S/RES/77/1", "S/RES/1325 (20000)", "A/HRC/RES/2005/1",
    "A/FOO/77/1", "B/RES/77/281", "RES/77/281", "77/281", "resolution 77/281", "A/B", "Decision 5/COPS.11", "ILC.110",
    "GB.343", "GB.343/FOO/1", "ICLS/20", "OECD/LEGAL/", "R999", "C000", "R193a", "WHA76", "32023X9999999", "N2334567",
    "A/79/86-E/FOO/60", "A/RES/77/281-E/RES/2024/6", "41 C", "999 EX/5", "41 C/Decision 5", "202 EX/Resolution 5",
    "C(2022) 99", "COM(2021) 0", "Assembly/AU/Dec.819(IIXX)", "AG/RES. 2987 (2414/24)", "FAO C 170/3", "A/22-23/1",
    "23-06858", "GE.22-12345", "A_FOO_BAR", "x" * 500, "Decision XXVIII/1", "684(XXXV)",
    "A-320", "A/C.9/78/L.1", "A/17/5217", "Resolution 71 (Rev. Atlantis, 2018)", "ICC-ASP/Res.8",
    "ICC-ASP/0/Res.1", "CD58.R0", "BC-99/1", "A99-1", "Rec(203)5", "CM/Foo(2010)1", "Resolution 1735 (2010)",
    "p. 12", "S/2015", "r 5",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_unknown_forms_are_refused_in_words(text):
    assert not symbols.is_symbol(text)
    with pytest.raises(symbols.UnknownSymbol) as caught:
        symbols.parse(text)
    assert caught.value.todo


def test_job_numbers_are_called_by_their_name():
    with pytest.raises(symbols.UnknownSymbol, match="job number"):
        symbols.parse("N2334567")


@given(st.text(max_size=60))
def test_any_text_is_parsed_to_a_fixed_point_or_refused(text):
    try:
        symbol = symbols.parse(text)
    except symbols.UnknownSymbol:
        return
    assert symbols.parse(symbol.text) == symbol


TEMPLATES = [
    "A/RES/{s}/{n}", "A/RES/{n}({roman})", "A/RES/S-{small}/{n}", "S/RES/{n} ({year})", "S/PRST/{year}/{n}",
    "E/RES/{year}/{n}", "A/HRC/RES/{small}/{n}", "A/HRC/DEC/{small}/{n}", "A/C.{c}/{s}/L.{n}/Rev.{c}",
    "A/{s}/{n}-E/{year}/{n}", "A/{s}/6 (Sect. {c})", "UNEP/EA.{c}/Res.{n}", "WHA{s}.{n}", "EB{s}.R{n}",
    "{small} C/Resolution {n}", "{n} EX/Decision {n}", "GC({small})/RES/{n}", "C {year}/{n}",
    "Assembly/AU/Dec.{n}({roman})", "EX.CL/{n}({roman})", "AG/RES. {n} ({roman}-O/{small})", "{n}/CP.{small}",
    "GB.{n}/INS/{c}/{c}(Rev.{c})", "ILC.{s}/Resolution {roman}", "ILC.{s}/Record No. {c}A",
    "ICLS/{small}/{year}/Resolution {roman}", "R{n}", "C{n}", "OECD/LEGAL/{n}", "C({year}){n}/FINAL",
    "COM({year}) {n} final", "3{year}H{n}", "eli/reg/{year}/{n}/oj", "C/{year}/{n}",
    "OJ C {n}, {c}.{c}.{year}, p. {n}", "P9_TA({year}){n}", "FCCC/CP/{year}/L.{n}", "ST/SGB/{year}/{n}",
]  # fmt: skip


@given(
    st.sampled_from(TEMPLATES),
    st.fixed_dictionaries({
        "n": st.integers(1, 9999), "s": st.integers(1, 99), "c": st.integers(1, 12), "small": st.integers(1, 60),
        "year": st.integers(1946, 2030), "roman": st.integers(1, 63).map(symbols.to_roman),
    }),
)  # fmt: skip
def test_the_spelling_of_every_series_is_a_fixed_point_also_in_small_letters(template, values):
    for written in (template.format(**values), template.format(**values).lower()):
        if symbols.is_symbol(written):
            symbol = symbols.parse(written)
            assert symbols.parse(symbol.text) == symbol
            assert symbols.parse(symbol.text.upper()).text.upper() == symbol.text.upper()


def test_every_series_of_the_templates_has_members():
    values = {"n": 45, "s": 78, "c": 3, "small": 24, "year": 2024, "roman": "XX"}
    written = [template.format(**values) for template in TEMPLATES]
    assert [text for text in written if not symbols.is_symbol(text)] == [
        "3{year}H{n}".format(**values), "P9_TA({year}){n}".format(**values),  # four figures are wanted there
    ]  # fmt: skip


def test_a_document_of_two_bodies_leads_to_the_first_and_names_the_others():
    joint = symbols.parse("A/79/86-E/2024/60")

    assert joint.link("en") == "https://docs.un.org/en/A/79/86"
    assert joint.decoded == (("also", "E/2024/60"),)
    assert symbols.parse(symbols.file_name(joint)) == joint


LINKS = {
    ("A/RES/77/281", "fr"): "https://docs.un.org/fr/A/RES/77/281",
    ("S/RES/1325 (2000)", "en"): "https://docs.un.org/en/S/RES/1325(2000)",
    ("A/RES/68/268 A", "es"): "https://docs.un.org/es/A/RES/68/268",
    ("OECD/LEGAL/0472", "fr"): "https://legalinstruments.oecd.org/fr/instruments/OECD-LEGAL-0472",
    ("OECD/LEGAL/0472", "es"): None,
    ("32023H01344", "es"): "https://eur-lex.europa.eu/legal-content/ES/TXT/?uri=CELEX:32023H01344",
    ("C/2023/1344", "en"): "http://data.europa.eu/eli/C/2023/1344/oj",
    ("eli/reg/2016/679/oj", "en"): "http://data.europa.eu/eli/reg/2016/679/oj",
    ("R193", "fr"): "https://normlex.ilo.org/dyn/nrmlx_fr/f?p=NORMLEXPUB:12100:0::NO::P12100_ILO_CODE:R193",
    ("GB.343/INS/3/2", "en"): None,
}


@pytest.mark.parametrize(("which", "address"), LINKS.items(), ids=lambda v: str(v))
def test_links(which, address):
    assert symbols.parse(which[0]).link(which[1]) == address


def test_celex_numbers_are_decoded():
    symbol = symbols.parse("32016R0679")

    assert dict(symbol.decoded) == {"sector": "legal acts", "type": "regulation", "type code": "R"}
    assert (symbol.year, symbol.number) == (2016, "679")


# --- running text


def found(text, **more):
    return [str(r.symbol) if r.symbol else None for r in symbols.find(text, **more)]


RUNNING = [
    ("Recalling its resolution 77/281 of 18 April 2023,", ["A/RES/77/281"]),
    (
        "its resolutions 47/90 of 16 December 1992, 49/155 of 23 December 1994, 51/58 and 78/175 of 19 December 2023",
        ["A/RES/47/90", "A/RES/49/155", "A/RES/51/58", "A/RES/78/175"],
    ),
    ("ses résolutions 47/90 du 16 décembre 1992 et 49/155", ["A/RES/47/90", "A/RES/49/155"]),
    ("sus resoluciones 47/90, de 16 de diciembre de 1992, y 49/155", ["A/RES/47/90", "A/RES/49/155"]),
    ("la résolution 77/281 de l’Assemblée générale", ["A/RES/77/281"]),
    ("la resolución 77/281 de la Asamblea", ["A/RES/77/281"]),
    ("Economic and Social Council resolution 2024/6 and Council decision 2024/331", ["E/RES/2024/6", "E/DEC/2024/331"]),
    ("la résolution 2024/6 du Conseil économique et social", ["E/RES/2024/6"]),
    ("resolution 2024/6 of the Economic and Social Council", ["E/RES/2024/6"]),
    ("resolutions 425 (1978) and 426 (1978)\nof 19 March and 427 (1978) of 3 May", ["S/RES/425 (1978)",
    "S/RES/426 (1978)", "S/RES/427 (1978)"]),
    (
        "General Assembly resolution 60/251 of 15 March 2006 and Human Rights Council resolutions 5/1 and 5/2",
        ["A/RES/60/251", "A/HRC/RES/5/1", "A/HRC/RES/5/2"],
    ),
    ("resolution 217 A (III) and resolution 1296 (XLIV)", ["A/RES/217(III) A", "E/RES/1296(XLIV)"]),
    ("resolution S-32/1, resolution ES-10/17 and 3201 (S-VI)", ["A/RES/S-32/1", "A/RES/ES-10/17", "A/RES/3201(S-VI)"]),
    ("decision 1/CP.21 and decisions 5/CMA.3", ["1/CP.21", "5/CMA.3"]),
    ("General Assembly resolutions 46/182, annex, and 58/114", ["A/RES/46/182", "A/RES/58/114"]),
    ("Human Rights Council decision 2/102 and resolution S-29/1", ["A/HRC/DEC/2/102", "A/HRC/RES/S-29/1"]),
    ("Security Council resolution 1325 on women, and resolution 1325", ["S/RES/1325"]),
    ("Security Council resolutions 1325 (2000) and 1820 (2008)", ["S/RES/1325 (2000)", "S/RES/1820 (2008)"]),
    ("ECOSOC resolution 2024/6 and UNEA resolution 5/14", ["E/RES/2024/6", "UNEP/EA.5/Res.14"]),
    ("General Assembly resolution 77/ 281", ["A/RES/77/281"]),
    ("A/79/86-E/2024/60 and A/80/6 (Sect. 12)/Corr.1.", ["A/79/86-E/2024/60", "A/80/6 (Sect. 12)/Corr.1"]),
    ("ILC.110/Résolution II, ILC.110/Compte rendu n° 7A", ["ILC.110/Resolution II", "ILC.110/Record No. 7A"]),
    ("COM(2021) 778 final and SWD(2021) 373 final", ["COM(2021) 778 final", "SWD(2021) 373 final"]),
    ("41 C/Resolution 15 and 202 EX/Decision 5", ["41 C/Resolution 15", "202 EX/Decision 5"]),
    ("Assembly/AU/Dec.819(XXXV), AG/RES. 2987 (LII-O/22)", ["Assembly/AU/Dec.819(XXXV)", "AG/RES. 2987 (LII-O/22)"]),
    ("GC(67)/RES/14, GC.19/Res.3 and EB150.R1", ["GC(67)/RES/14", "GC.19/Res.3", "EB150.R1"]),
    ("OJ C 137, 12.5.2010, p. 1; P9_TA(2022)0288", ["OJ C 137, 12.5.2010, p. 1", "P9_TA(2022)0288"]),
    ("Commission on Human Rights resolution 2005/20", ["E/CN.4/RES/2005/20"]),
    ("resolution 5/14 of the United Nations Environment Assembly", ["UNEP/EA.5/Res.14"]),
    ("document A/79/86, A/CONF.157/24 (Part I), chap. III, and A/C.3/78/L.11/Rev.1.", ["A/79/86",
    "A/CONF.157/24 (Part I)", "A/C.3/78/L.11/Rev.1"]),
    ("the Promotion of Cooperatives Recommendation, 2002 (No. 193)", ["R193"]),
    ("la recommandation (nº 193) sur la promotion des coopératives, 2002", ["R193"]),
    ("la Recomendación sobre la promoción de las cooperativas, 2002 (núm. 193)", ["R193"]),
    ("Regulation (EU) 2016/679, Directive 2014/24/EU, Regulation (EC) No 1774/2002, directive 95/46/CE",
     ["32016R0679", "32014L0024", "32002R1774", "31995L0046"]),
    ("OECD/LEGAL/0472 and GB.343/INS/3/2", ["OECD/LEGAL/0472", "GB.343/INS/3/2"]),
    ("resolution ICC-ASP/14/Res.4 and resolution RC/Res.6", ["ICC-ASP/14/Res.4", "RC/Res.6"]),
    ("resolutions EUR/RC62/R4 and CD58.R1, decision EB146(8)", ["EUR/RC62/R4", "CD58.R1", "EB146(8)"]),
    ("resolution A.1110(30) and resolution MEPC.304(72)", ["A.1110(30)", "MEPC.304(72)"]),
    ("resolution Conf. 9.24 (Rev. CoP19) and decision BC-14/12", ["Conf. 9.24 (Rev. CoP19)", "BC-14/12"]),
    ("Recommendation CM/Rec(2010)1 and Recommendation Rec(2003)5", ["CM/Rec(2010)1", "Rec(2003)5"]),
    ("the ECLAC resolution 684(XXXV)", ["ECLAC resolution 684(XXXV)"]),
    ("resolution 684(XXXV), resolution 322 (XXIX) and resolution 950 (XLIX)", [None, None, None]),
    ("Economic Commission for Africa resolution 950 (XLIX)", ["ECA resolution 950(XLIX)"]),
    ("resolution 1735 (2010) of the Parliamentary Assembly", ["PACE Resolution 1735 (2010)"]),
    ("resolution 1735 (2010) and resolution 1735 (2006)", [None, "S/RES/1735 (2006)"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), RUNNING, ids=[r[0][:50] for r in RUNNING])
def test_documents_named_in_running_text(text, expected):
    assert found(text) == expected
    for reference in symbols.find(text):
        assert reference.span.of(text) == reference.text


@pytest.mark.parametrize(
    "text",
    [
        "its resolution 2005/20",
        "resolution 5/14",
        "decision 34/5 of the Governing Council",
        "European Council resolution 12/4",
    ],
)
def test_a_number_whose_body_cannot_be_told_has_no_symbol(text):
    assert found(text) == [None]


@pytest.mark.parametrize(
    "text", ["and/or", "A/B testing", "1/2 of them", "S/he", "Recommendation No. 29", "resolution of 5 May", ""]
)
def test_what_is_no_reference_is_left(text):
    assert found(text) == []


def test_its_own_resolutions_are_those_of_the_body_that_speaks():
    assert found("its resolution 50/1 and General Assembly resolution 60/251", organ="A/HRC") == [
        "A/HRC/RES/50/1",
        "A/RES/60/251",
    ]
    assert found("its resolution 2023/1", organ="E") == ["E/RES/2023/1"]


def test_paragraphs_cited_with_a_document_and_the_text_itself():
    def cited(text):
        return [(str(r.symbol) if r.symbol else None, r.paragraph, r.this) for r in symbols.find(text)]

    assert cited("paragraph 15 of its resolution 77/281") == [("A/RES/77/281", "15", False)]
    assert cited("au paragraphe 7 de la résolution 78/175") == [("A/RES/78/175", "7", False)]
    assert cited("in accordance with paragraphs 4 and 5 (a) above") == [(None, "4 and 5 (a)", True)]
    assert cited("the implementation of the present resolution") == [(None, None, True)]
    assert cited("párrafo 4 de la presente resolución") == [(None, "4", True)]


@given(st.text(max_size=200))
def test_any_running_text_gives_spans_in_order(text):
    references = symbols.find(text)

    assert all(0 <= r.span.start < r.span.end <= len(text) for r in references)
    assert [r.span for r in references] == sorted(r.span for r in references)
