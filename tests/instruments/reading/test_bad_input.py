"""Files that cannot be read, or were made to harm: a message a person can act on, in bounded time."""

import io
import zipfile
import zlib

import pytest

from instruments.reading import files
from sse_observatory import instruments
from sse_observatory.core import InputError
from sse_observatory.instruments.reading import limits

P = files.paragraph


def refused(data, **more):
    with pytest.raises(InputError) as caught:
        instruments.read(data, **more)
    assert "What to do" in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("data", [b"", b" \n\t", "\ufeff".encode(), b"\x00\x00"])
def test_nothing(data):
    assert "empty" in refused(data) or "no text" in refused(data)


def test_a_file_that_is_not_there(tmp_path):
    assert "No such file" in refused(tmp_path / "missing.pdf")


def test_a_folder(tmp_path):
    assert "cannot be read" in refused(tmp_path)


def test_a_file_beyond_the_limit_is_not_read(tmp_path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    assert "200 MB, more than the 100 MB" in refused(path)


def test_a_text_beyond_the_limit():
    with pytest.raises(InputError, match="characters, more than the 10,000,000 read at once"):
        instruments.read_text("a " * limits.LARGEST_TEXT)


@pytest.mark.parametrize("head", [b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"II*\x00"])
def test_a_picture(head):
    assert "image without text" in refused(head + b"\x00" * 100)


def test_rtf_and_old_word():
    assert "RTF" in refused(b"{\\rtf1 text}")
    assert "old Word format" in refused(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    assert "password" in refused(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"))


def test_binary_rubbish():
    assert "not a text file" in refused(bytes(range(256)) * 40)


def test_an_archive_that_is_no_document():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")

    assert "without a Word document" in refused(out.getvalue())
    assert "broken archive" in refused(b"PK\x03\x04 and then nothing")


def test_docx_entities_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w>&b;</w>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", bomb)

    assert "entities" in refused(out.getvalue())


def test_docx_entities_hidden_in_utf_16_are_refused():
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE w [<!ENTITY a "aaaa">]><w>&a;</w>'.encode("utf-16")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", bomb)

    assert "entities" in refused(out.getvalue())


def test_docx_zip_bomb_is_stopped_while_it_unpacks():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as member:
        for _ in range(limits.LARGEST_MEMBER // 1_000_000 + 2):
            member.write(b" " * 1_000_000)

    assert len(out.getvalue()) < 1_000_000
    assert "unpacks to more than" in refused(out.getvalue())


def test_docx_macros_and_links_are_neither_run_nor_followed():
    body = P("The General Assembly,") + P("Noting it,") + P("1. Decides to close the item.")
    rels = b'<Relationships><Relationship Target="http://example.invalid/x" TargetMode="External"/></Relationships>'

    read = instruments.read(
        files.docx(body, extra={"word/vbaProject.bin": b"\x00", "word/_rels/document.xml.rels": rels})
    )

    assert read.element("op1").text == "Decides to close the item."
    assert "example.invalid" not in read.source.text


def test_docx_broken_xml_and_endless_nesting():
    broken = files.docx("<w:p><w:r></w:p>")
    assert "broken XML in its part word/document.xml" in refused(broken)
    deep = "<w:sdt>" * 210 + "</w:sdt>" * 210
    assert "nests more than" in refused(files.docx(deep))


def test_docx_with_one_endless_word():
    assert "more than ten million characters in its part" in refused(files.docx(P("x" * 10_100_000)))


def test_docx_lists_that_refer_to_nothing():
    body = P("The General Assembly,") + P("Noting it,") + P("Decides.", level=9)

    assert "Decides." in instruments.read(files.docx(body)).source.text


def _objects(*bodies: bytes) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + table + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, len(out))


@pytest.mark.slow
def test_pdf_a_scan_without_text():
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    scan = _objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page)

    assert "no text that can be read" in refused(scan)


@pytest.mark.slow
def test_pdf_broken_encrypted_and_circular():
    from pypdf import PdfReader, PdfWriter

    assert "broken PDF" in refused(b"%PDF-1.7\nrubbish")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(files.pdf("The General Assembly,"))))
    writer.encrypt("secret")
    out = io.BytesIO()
    writer.write(out)
    assert "password" in refused(out.getvalue())
    circular = _objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
    assert "PDF" in refused(circular)


WORKER = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("worker", {path!r})
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
def endless(*_):
    hoard = []
    while True:
        {body}
worker.answer = endless
worker.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("body", ["pass", "hoard.append(bytes(10_000_000))"])
def test_pdf_that_loops_or_fills_the_memory_is_ended(monkeypatch, tmp_path, body):
    from sse_observatory.instruments.reading import pdf

    script = tmp_path / "worker.py"
    script.write_text(WORKER.format(path=str(pdf._WORKER), body=body))
    monkeypatch.setattr(pdf, "_WORKER", script)
    monkeypatch.setattr(pdf.limits, "PDF_SECONDS", 1)
    monkeypatch.setattr(pdf.limits, "PDF_MEMORY", 300_000_000)

    assert "more time or memory than a PDF may" in refused(b"%PDF-1.7")


@pytest.mark.slow
def test_pdf_whose_content_unpacks_without_end():
    stream = zlib.compress(b" " * 300_000_000, 9)
    content = b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(stream), stream)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R>>"
    bomb = _objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content)

    refused(bomb)


def test_xml_of_an_unknown_kind():
    assert "unknown kind" in refused(b"<?xml version='1.0'?><invoice><total>3</total></invoice>")


def test_marc_broken():
    assert "MARC" in refused(b"00123nam a2200049 a 4500\x1e\x1d rubbish")


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("الجمعية العامة، إذ تشير إلى قرارها، تقرر أن تبقي المسألة قيد نظرها", "Arabic"),
        ("Генеральная Ассамблея, ссылаясь на свою резолюцию, постановляет", "Cyrillic"),
        ("大会，回顾其决议，决定继续处理此案", "Cjk"),
    ],
)
def test_other_scripts_are_named(text, script):
    with pytest.raises(InputError, match=f"not in English, French or Spanish but in the {script} script"):
        instruments.read_text(text)


def test_another_latin_language_is_refused_and_may_be_overridden():
    german = (
        "Die Generalversammlung, unter Hinweis auf ihre Resolution, in der Erwägung, dass Werkstätten wichtig sind, "
        "ersucht den Generalsekretär, ihr auf ihrer nächsten Tagung einen Bericht vorzulegen, und beschließt, mit der "
        "Angelegenheit befasst zu bleiben und die Mitgliedstaaten zu bitten, darüber nachzudenken, wie ihnen geholfen "
        "wird."
    )
    with pytest.raises(InputError, match="not in English, French or Spanish"):
        instruments.read_text(german)
    assert instruments.read_text(german, language="en").expression.language_basis == "stated"


def test_the_wrong_language_is_pointed_out():
    text = "L’Assemblée générale,\n\nRappelant sa résolution sur les ateliers,\n\n1. Prie les États de les soutenir."

    read = instruments.read_text(text, language="en")

    assert read.problems[0].code == "language-contradicts"
    assert read.problems[0].message.fr.startswith("Le texte a été présenté")


def test_mixed_languages_are_pointed_out():
    text = (
        "The General Assembly,\n\nRecalling its resolution on the workshops of the rural communities,\n\n"
        "1. Requests the Secretary-General to report on the matter.\n\n"
        "L’Assemblée générale,\n\nRappelant sa résolution sur les ateliers des communautés,\n\n1. Prie les États de "
        "les aider."
    )
    assert "language-mixed" in [p.code for p in instruments.read_text(text).problems]


def test_a_resolution_without_numbers_and_a_number_twice():
    bare = "The General Assembly,\n\nNoting it,\n\nDecides to act;\n\nRequests a report;\n\nInvites others to join."
    assert "no-operative-numbers" in [p.code for p in instruments.read_text(bare).problems]
    twice = "The General Assembly,\n\nNoting it,\n\n1. Decides to act;\n\n2. Requests a report;\n\n2. Invites others."
    read = instruments.read_text(twice)
    assert "repeated-number" in [p.code for p in read.problems]
    assert [e.id for e in read.operative] == ["op1", "op2", "op2#2"]


@pytest.mark.parametrize(
    "text", ["\ud800 The General Assembly,", "a\x00b", "1.", "(a)", "\x0c", "•", "A/RES/77/281", "1", "."]
)
def test_odd_texts_are_read_or_refused_in_words(text):
    try:
        instruments.read_text(text)
    except InputError as error:
        assert "What to do" in str(error)


def test_a_text_that_the_reader_would_lose_words_of_is_kept_whole(monkeypatch):
    """A defect of the reader must not cost a reader the text: it stays in one piece, and says so."""
    from dataclasses import replace

    from sse_observatory.instruments.reading import reader

    def forgetful(extract, language):
        elements, problems = segment(extract, language)
        return tuple(replace(e, spans=e.spans[:0]) if e.id == "op1" else e for e in elements), problems

    segment = reader.segment
    monkeypatch.setattr(reader, "segment", forgetful)
    text = "The General Assembly,\n\nRecalling its report,\n\n1. Decides to meet.\n"
    read = reader.read_text(text)

    assert [p.code for p in read.problems if p.code == "not-cut"]
    assert not read.gaps() and [e.text for e in read.elements] == [" ".join(text.split())]


@pytest.mark.parametrize("charset", ["hex", "rot13", "utf-7", "no-such-thing"])
def test_a_page_that_names_a_strange_encoding_is_read(charset):
    page = f'<html><meta charset="{charset}"><body><p>The General Assembly,</p></body></html>'.encode()

    assert [e.text for e in instruments.read(page, language="en").elements] == ["The General Assembly,"]


@pytest.mark.parametrize("start", ["999999999", "99999", "-5", "x", "²", "9" * 5000])
@pytest.mark.parametrize("kind", ["1", "a", "I"])
def test_a_list_that_begins_anywhere_is_read(start, kind):
    page = f'<html><body><ol type="{kind}" start="{start}"><li>Decides to act;</li></ol></body></html>'.encode()
    read = instruments.read(page, language="en")

    assert "Decides to act;" in read.source.text and read.gaps() == ()


SHORT = "The General Assembly,\n\nNoting the matter,\n\n1. Decides to close the item.\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_text_in_wide_characters_is_read_with_and_without_its_mark(encoding):
    assert instruments.read(SHORT.encode(encoding)).element("op1").text == "Decides to close the item."
    page = "<?xml version='1.0' encoding='UTF-16'?><html><body><p>The General Assembly,</p><p>Noting the matter,</p>"
    page += "<p>1. Decides to close the item.</p></body></html>"
    assert instruments.read(page.encode(encoding)).source.format == "html"


@pytest.mark.parametrize("ending", ["\r", "\r\n"])
def test_line_ends_of_other_systems(ending):
    assert instruments.read(SHORT.replace("\n", ending).encode()).element("op1").number == "1"
    mixed = SHORT.replace("\n\n", ending * 2, 1).encode()
    assert instruments.read(mixed).element("op1").number == "1"


def test_characters_that_no_text_holds_are_pointed_out():
    read = instruments.read(SHORT.replace("matter", "mat\x00ter").encode())

    assert [p.code for p in read.problems] == ["broken-characters"]
    assert not instruments.read(SHORT.encode()).problems


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("xl/workbook.xml", "Excel workbook"),
        ("ppt/presentation.xml", "PowerPoint presentation"),
        ("content.xml", "OpenDocument"),
        ("META-INF/container.xml", "electronic book"),
    ],
)
def test_an_archive_of_another_program_is_named(member, said):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, "<x/>")

    assert said in refused(out.getvalue(), name="budget.docx")


def test_tables_within_tables_are_read_to_a_bearable_depth():
    def nested(depth):
        return "<w:tbl><w:tr><w:tc>" * depth + P("77/281") + "</w:tc></w:tr></w:tbl>" * depth

    body = P("The General Assembly,") + P("1. Decides to close the item.")
    assert "77/281" in instruments.read(files.docx(body + nested(40))).source.text
    for depth in (100, 500):
        assert "nests more than 200 elements in its part word/document.xml" in refused(files.docx(nested(depth)))


def test_a_docx_without_its_other_parts_is_read_and_one_cut_off_refused():
    whole = files.docx(P("The General Assembly,") + P("1. Decides to close the item."))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(out, "w") as bare:
        bare.writestr("word/document.xml", archive.read("word/document.xml"))

    assert instruments.read(out.getvalue()).element("op1").text == "Decides to close the item."
    assert "broken archive" in refused(whole[: len(whole) // 2])


def test_more_paragraphs_than_a_document_has(monkeypatch):
    from sse_observatory.instruments.reading import formats

    monkeypatch.setattr(formats, "MOST_LINES", 1000)
    many = "".join(f"{n}. Requests the Secretary-General to report;\n\n" for n in range(1001))

    assert "has 1,001 lines or paragraphs, more than the 1,000 read at once" in refused(many.encode())
    with pytest.raises(InputError, match="1,001 lines"):
        instruments.read_text(many)
    assert instruments.read(many.replace("\n\n", "\n", 2).rsplit("1000.", 1)[0].encode())


def test_marc_that_lies_about_its_length_is_refused_without_noise(capfd):
    record = b"00000nam a2200049 a 4500245001500000\x1e00\x1faTit\x1e\x1d"

    assert "not valid MARC 21" in refused(record * 10)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_pdf_pages_without_text_are_named():
    from pypdf import PdfReader, PdfWriter

    written = files.pdf("The General Assembly,\n\nNoting the matter,\n\n1. Decides to close the item.")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(written)))
    writer.add_blank_page(500, 500)
    writer.add_blank_page(500, 500)
    out = io.BytesIO()
    writer.write(out)

    [problem] = [p for p in instruments.read(out.getvalue()).problems if p.code == "pages-without-text"]
    assert "2, 3" in problem.message.en
