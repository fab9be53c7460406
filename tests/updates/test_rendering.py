"""The three forms: each complete, each as its readers need it, each the same when the document is the same."""

import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pypdf
import pytest
from lxml import etree

from sse_observatory.core import ObservatoryError
from sse_observatory.updates import check, render

W = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
LANGUAGES = ("en", "fr", "es")


@pytest.fixture(scope="module")
def document(build):
    return build("AFRICA_GROUP", "2023-05-19")


@pytest.fixture(scope="module")
def rich(build):
    return build("EUROPE_GROUP", "2026-11-21")


@pytest.fixture(scope="module")
def pages(document):
    return {lang: render.html(document, lang).decode() for lang in LANGUAGES}


@pytest.fixture(scope="module")
def papers(document):
    return {lang: render.pdf(document, lang) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def words(document):
    return {lang: zipfile.ZipFile(io.BytesIO(render.docx(document, lang))) for lang in LANGUAGES}


def squeezed(text):
    return re.sub(r"[\s\u00a0\u202f\u00ad-]+", "", text)


class Reader(HTMLParser):
    """Collects ids, links and open elements of a page."""

    VOID = ("meta", "col", "br", "img", "path", "link", "input", "hr")

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.open, self.wrong, self.lang = [], [], [], [], None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found and "svg" not in self.open else []
        self.links += [found["href"]] if tag == "a" else []
        self.lang = found.get("lang") if tag == "html" else self.lang
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_whole_well_formed_and_alone(pages, lang):
    reader = Reader()
    reader.feed(pages[lang])

    assert (reader.lang, reader.wrong, reader.open) == (lang, [], [])
    assert len(reader.ids) == len(set(reader.ids))
    assert {link[1:] for link in reader.links if link.startswith("#")} <= set(reader.ids)
    assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)="http', pages[lang])
    assert "@import" not in pages[lang]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_claim_in_the_page_is_one_of_those_it_carries(document, pages, lang):
    script = re.search(r'<script type="application/json" id="claims.json">(.*?)</script>', pages[lang], re.S)
    kept = json.loads(script[1])

    used = {int(number) for number in re.findall(r'data-claim="(\d+)"', pages[lang])}

    assert used <= {claim["number"] for claim in kept["claims"]}
    assert len(used) > 80
    assert (kept["as_of"], kept["group"], kept["language"]) == ("2023-05-19", "AFRICA_GROUP", lang)
    assert len(kept["claims"]) == len(document.claims)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_of_the_page_have_heads_and_the_chart_a_description_and_a_table(document, pages, lang):
    page = pages[lang]

    for table in re.findall(r"<table.*?</table>", page, re.S):
        assert 'scope="col"' in table
        assert 'scope="row"' in table
    svg = re.search(r"<svg.*?</svg>", page, re.S)[0]
    assert 'role="img"' in svg
    assert re.search(r"<desc>.+0.+54</desc>", svg)
    assert page.count("<tr>") > 54  # every country once more, for those who do not see dots
    assert document.word("figure.half", lang) in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pdf_is_tagged_in_its_language_with_bookmarks_and_embedded_fonts(document, papers, lang):
    reader = pypdf.PdfReader(io.BytesIO(papers[lang]))
    root = reader.trailer["/Root"]

    assert str(root["/Lang"]).startswith(lang)
    assert root["/MarkInfo"]["/Marked"]
    assert reader.metadata.title == document.title[lang]
    metadata = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfuaid:part>1<", metadata)
    assert re.search(r"<pdfaid:part>3<", metadata)
    assert len(reader.outline) >= 1
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            [inner] = font.get_object()["/DescendantFonts"]
            described = inner.get_object()["/FontDescriptor"]
            assert "/FontFile3" in described or "/FontFile2" in described


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_stands_in_the_pdf(document, papers, lang, tmp_path):
    path = tmp_path / "briefing.pdf"
    path.write_bytes(papers[lang])
    found = squeezed(check.read(path)[1])

    for sentence in document.sentences():
        assert squeezed(sentence.text(lang).rstrip(".")) in found, sentence.template


def test_a_page_says_which_it_is_and_of_how_many(papers):
    for lang, form in (("en", "Page 1 of {}"), ("fr", "Page 1 sur {}"), ("es", "Página 1 de {}")):
        reader = pypdf.PdfReader(io.BytesIO(papers[lang]))
        assert form.format(len(reader.pages)) in reader.pages[0].extract_text()


def test_a_briefing_takes_three_pages_and_four_at_its_longest(papers, rich):
    assert [len(pypdf.PdfReader(io.BytesIO(papers[lang])).pages) for lang in LANGUAGES] == [3, 3, 3]
    assert [len(pypdf.PdfReader(io.BytesIO(render.pdf(rich, lang))).pages) for lang in LANGUAGES] == [4, 4, 4]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_word_file_has_styles_heading_rows_language_and_alternative_text(document, words, lang):
    body = etree.fromstring(words[lang].read("word/document.xml"))
    styles = etree.fromstring(words[lang].read("word/styles.xml"))

    used = [s.get(f"{{{W['w']}}}val") for s in body.findall(".//w:pStyle", W)]
    assert used[0] == "Title"
    assert used.count("Heading1") == len(document.parts) + 1
    tables = body.findall(".//w:tbl", W)
    assert tables
    for table in tables:
        assert table.find("w:tr/w:trPr/w:tblHeader", W) is not None
        assert all(row.find("w:trPr/w:cantSplit", W) is not None for row in table.findall("w:tr", W))
    assert styles.find(".//w:docDefaults//w:lang", W).get(f"{{{W['w']}}}val").startswith(lang)
    [picture] = body.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    assert "54" in picture.get("descr")
    footer = words[lang].read("word/footer1.xml").decode()
    assert " PAGE " in footer
    assert " NUMPAGES " in footer
    core = words[lang].read("docProps/core.xml").decode()
    assert document.title[lang] in core.replace("&#8217;", "’")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_stands_in_the_word_file_and_its_links_lead_somewhere(document, words, lang):
    body = etree.fromstring(words[lang].read("word/document.xml"))
    text = re.sub(r"\s*\[[^\[\]]*\]", "", "".join(body.itertext(f"{{{W['w']}}}t")))
    anchors = {link.get(f"{{{W['w']}}}anchor") for link in body.findall(".//w:hyperlink", W)} - {None}
    marks = {mark.get(f"{{{W['w']}}}name") for mark in body.findall(".//w:bookmarkStart", W)}

    for sentence in document.sentences():
        assert squeezed(sentence.text(lang).rstrip(".")) in squeezed(text), sentence.template
    assert anchors <= marks


@pytest.mark.parametrize("form", render.FORMATS)
def test_the_same_document_gives_the_same_bytes(document, form):
    one = getattr(render, form)

    assert one(document, "fr") == one(document, "fr")


def test_a_language_it_was_not_built_in_is_refused(document):
    with pytest.raises(ObservatoryError, match="was not built in 'de', only in en, fr, es"):
        render.html(document, "de")


@pytest.mark.parametrize(("written", "told"), [("odt", "There is no format 'odt'"), ("", "No format is named")])
def test_an_unknown_format_is_refused(written, told):
    with pytest.raises(ObservatoryError, match=told):
        render.formats(written)


def test_files_are_written_all_or_none(document, tmp_path):
    folder = tmp_path / "out"
    (folder / f"{document.file_name}.fr.html").mkdir(parents=True)

    with pytest.raises(ObservatoryError, match="cannot be written"):
        render.write(document, folder, ["docx", "html"], ["fr"])

    assert [path.name for path in folder.iterdir()] == [f"{document.file_name}.fr.html"]
