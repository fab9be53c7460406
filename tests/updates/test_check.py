"""A built document, asked later whether what it says still holds: in each of its forms."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from sse_observatory.catalogue.portfolio import When
from sse_observatory.core import InputError
from sse_observatory.pipelines import published_figures
from sse_observatory.releases import AlreadyPublic, Releases
from sse_observatory.updates import briefing, check, render

ON = date(2026, 11, 21)


@pytest.fixture(scope="module")
def built(packaged, records, releases, tmp_path_factory):
    """A briefing of May 2023 in French, in each form."""
    folder = tmp_path_factory.mktemp("built")
    document = briefing.build(records, releases, "africa", date(2023, 5, 19), ["fr"], catalogue=packaged)
    paths = render.write(document, folder, render.FORMATS, ["fr"])
    return {path.suffix[1:]: path for path in paths}


@pytest.fixture
def checked(packaged, releases):
    return lambda path, records: check.check(path, records, releases, on=ON, catalogue=packaged)


@pytest.mark.parametrize("form", render.FORMATS)
def test_a_document_that_nothing_happened_to_is_fresh(built, records, checked, form):
    report = checked(built[form], records)

    assert report.fresh
    assert (report.stale, report.altered) == ((), ())
    assert report.claims > 90
    assert (report.as_of, report.language) == (date(2023, 5, 19), "fr")


def test_what_happened_since_is_told_as_overtaken_and_not_as_stale(built, records, checked):
    report = checked(built["html"], records)

    role = next(f for f in report.overtaken if f.claim == "roles:act-ilo:act-untfsse has vice-chair")
    assert role.said == "vice-présidence"
    assert "co-chair" in role.now
    assert report.fresh


@pytest.mark.parametrize("form", render.FORMATS)
def test_a_corrected_record_makes_its_claims_stale_and_says_why(built, changed, checked, form):
    kept = changed("evt-2023-ga-adoption", date=When.parse("2023-04-20"))

    report = checked(built[form], kept)

    assert not report.fresh
    assert [(f.claim, f.said.replace("\u00a0", " "), f.now) for f in report.stale] == [
        ("ins-a-res-77-281.adopted", "18 avril 2023", "20\u00a0avril 2023")
    ]


def test_a_claim_known_less_well_is_stale(built, changed, checked):
    report = checked(built["html"], changed("obj-ilo-sap-1", status="unverified"))

    assert "It was verified and is unverified." in {f.why for f in report.stale}


def test_a_record_that_is_gone_makes_its_claims_stale(packaged, built, checked):
    from sse_observatory.catalogue.portfolio import assemble
    from sse_observatory.updates.records import CatalogueRecords

    portfolio = packaged.portfolio
    left = [record for record in portfolio.records.values() if record.id != "kno-measuring-coops"]
    kept = CatalogueRecords(assemble(left, portfolio.sources, portfolio.terms), packaged.groups)

    assert {f.claim for f in checked(built["html"], kept).stale} == {"kno-measuring-coops", "kno-measuring-coops.date"}


def test_a_conflict_that_is_open_now_makes_its_claims_stale(built, changed, checked):
    report = checked(built["html"], changed("con-ilc-date", status="open", rule=None, resolution=None))

    assert any("con-ilc-date" in f.why for f in report.stale)


@pytest.mark.parametrize("form", ["html", "docx"])
def test_words_that_somebody_altered_are_found(built, records, checked, tmp_path, form):
    import zipfile

    path = tmp_path / f"altered.{form}"
    if form == "html":
        page = built["html"].read_text(encoding="utf-8")
        path.write_text(page.replace("vice-présidence</span>", "présidence</span>"), encoding="utf-8")
    else:
        with zipfile.ZipFile(built["docx"]) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                new.writestr(name, data.replace("vice-présidence".encode(), "présidence".encode())
                             if name == "word/document.xml" else data)  # fmt: skip

    report = checked(path, records)

    assert [f.claim for f in report.altered] == ["role-vice-chair"]
    assert not report.fresh


def inserted(path, form, target):
    """The document with words that it did not say."""
    import zipfile

    if form == "html":
        page = path.read_text(encoding="utf-8")
        target.write_text(page.replace("</header>", "<p>Le groupe est prié de voter.</p></header>"), encoding="utf-8")
        return
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            added = b"<w:p><w:r><w:t>Le groupe est pri\xc3\xa9 de voter.</w:t></w:r></w:p><w:sectPr"
            new.writestr(name, data.replace(b"<w:sectPr", added) if name == "word/document.xml" else data)


@pytest.mark.parametrize("form", ["html", "docx"])
def test_words_that_somebody_added_are_found(built, records, checked, tmp_path, form):
    path = tmp_path / f"inserted.{form}"
    inserted(built[form], form, path)

    report = checked(path, records)

    assert [(f.claim, f.why) for f in report.altered] == [
        ("document", "Something beside its sentences was added, removed or changed.")
    ]


def test_a_finding_names_the_sentence_that_says_it(built, changed, checked):
    kept = changed("evt-2023-ga-adoption", date=When.parse("2023-04-20"))

    [found] = checked(built["docx"], kept).stale

    assert found.sentence.startswith("L’Assemblée générale des Nations Unies a adopté le 18")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"as_of":"2023-05-19"', '"as_of":"2023-05-99"', "as_of: Input should be a valid date"),
        ('"claims":[{', '"claims":[7,{', "claims.0: Input should be"),
        ('"language":"fr"', '"language":"xx"', "language: Input should be 'en', 'fr' or 'es'"),
        ('"sentences":[{', '"sentences":[[],{', "sentences.0: Input should be"),
        ('"group":"AFRICA_GROUP"', '"groups":"AFRICA_GROUP"', "group: Field required"),
        ('"format":"sse-observatory-claims/1"', '"format":["?"]', "its claims are of the form"),
    ],
)
def test_claims_that_are_not_in_their_form_are_refused(built, records, checked, tmp_path, old, new, said):
    path = tmp_path / "broken.html"
    page = built["html"].read_text(encoding="utf-8")
    assert old in page
    path.write_text(page.replace(old, new), encoding="utf-8")

    with pytest.raises(InputError, match="carries no claims that can be checked") as raised:
        checked(path, records)

    assert said in raised.value.what


# Published figures


@pytest.fixture(scope="module")
def with_figures(packaged, records, releases, tmp_path_factory):
    document = briefing.build(records, releases, "aspag", date(2024, 1, 30), ["es"], catalogue=packaged)
    [path] = render.write(document, tmp_path_factory.mktemp("figures"), ["pdf"], ["es"])
    return path


def released(packaged, folder, change):
    """The published figures with some cells changed, as a release of their own."""
    draft = published_figures.run(packaged)
    rows = draft.tables[published_figures.DATAFLOW].to_pylist()
    for row in rows:
        change(row)
    table = pa.Table.from_pylist(rows, schema=draft.tables[published_figures.DATAFLOW].schema)
    kept = Releases(folder)
    changed = replace(draft, tables={published_figures.DATAFLOW: table}, vintage="2027")
    kept.publish(changed, AlreadyPublic(published_figures.clearance(draft).sources))
    return kept


def registered_2022(row):
    return (row["REF_AREA"], row["MEASURE"], row["TIME_PERIOD"]) == ("KOR", "UNITS_REGISTERED", "2022")


def test_a_new_release_that_says_the_same_makes_nothing_stale(packaged, records, releases, with_figures, tmp_path):
    renewed = released(packaged, tmp_path, lambda row: row.update(FINGERPRINT=row["FINGERPRINT"][::-1]))
    assert renewed.current()[0].id != releases.current()[0].id

    assert check.check(with_figures, records, renewed, on=ON, catalogue=packaged).fresh


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"OBS_VALUE": Decimal("23940.000000")}, "value was 23939 and is 23940"),
        ({"OBS_STATUS": "P"}, "status was A and is P"),
        ({"DEFINITION_VERSION": "KOR-COOP 2.0"}, "definition was KOR-COOP 1.0 and is KOR-COOP 2.0"),
    ],
)
def test_a_figure_is_stale_when_its_value_status_or_definition_changes(
    packaged, records, with_figures, tmp_path, change, why
):
    revised = released(packaged, tmp_path, lambda row: row.update(change) if registered_2022(row) else None)

    report = check.check(with_figures, records, revised, on=ON, catalogue=packaged)

    assert report.stale
    assert all(f.claim.startswith("observation:DF_SSE_PUBLISHED:KOR/") for f in report.stale)
    assert why in report.stale[0].why


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html><p>Nothing</p></html>"),
        ("paper.pdf", b"%PDF-1.7 broken"),
        ("word.docx", b"PK\x03\x04 broken"),
        ("other.html", b'<script type="application/json" id="claims.json">{"format": "other"}</script>'),
        ("binary.html", b"\xff\xfe\x00"),
    ],
)
def test_a_file_without_claims_says_so(records, checked, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputError, match="carries no claims that can be checked") as raised:
        checked(path, records)

    assert raised.value.todo


def test_a_file_that_is_not_there_says_so(records, checked, tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        checked(tmp_path / "none.pdf", records)
