"""Small files of each format, made up for the tests: DOCX parts written by hand, PDF by typst, MARC by pymarc."""

from __future__ import annotations

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HEAD = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:{{}} xmlns:w="{W}">'

NUMBERING = (
    HEAD.format("numbering")
    + """
<w:abstractNum w:abstractNumId="0">
  <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
  <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%2)"/></w:lvl>
  <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
</w:numbering>"""
)
STYLES = (
    HEAD.format("styles")
    + """
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Op"><w:name w:val="Operative"/><w:pPr><w:numPr><w:ilvl w:val="0"/>
<w:numId w:val="1"/></w:numPr></w:pPr></w:style>
</w:styles>"""
)


def paragraph(text: str, *, style: str = "", level: int | None = None, runs: str = "") -> str:
    """A paragraph; `level` numbers it at that depth of list 1, `runs` is markup behind the text."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        properties += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r>{runs}</w:p>'


def docx(
    body: str, *, footnotes: dict[int, str] | None = None, header: str = "", extra: dict[str, bytes] | None = None
) -> bytes:
    """A DOCX with this body."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": HEAD.format("document") + f"<w:body>{body}</w:body></w:document>",
        "word/numbering.xml": NUMBERING,
        "word/styles.xml": STYLES,
    }
    if header:
        parts["word/header1.xml"] = HEAD.format("hdr") + paragraph(header) + "</w:hdr>"
    if footnotes:
        notes = "".join(
            f'<w:footnote w:id="{number}">{paragraph(text)}</w:footnote>' for number, text in footnotes.items()
        )
        parts["word/footnotes.xml"] = HEAD.format("footnotes") + notes + "</w:footnotes>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return out.getvalue()


def pdf(source: str) -> bytes:
    """A PDF set by typst."""
    import typst

    return bytes(typst.compile(source.encode()))


AKN = """<?xml version="1.0" encoding="UTF-8"?>
<akomaNtoso xmlns="http://docs.oasis-open.org/legaldocml/ns/akn/3.0">
  <statement name="resolution">
    <meta><identification source="#un">
      <FRBRWork><FRBRthis value="/akn/un/statement/resolution/unga/2023-12-19/A_RES_78_901/!main"/>
        <FRBRdate date="2023-12-19" name="adoption"/><FRBRauthor href="#unga"/><FRBRnumber
        value="A/RES/78/901"/></FRBRWork> <FRBRExpression><FRBRlanguage language="eng"/></FRBRExpression>
        </identification></meta> <preface><p><docNumber>A/RES/78/901</docNumber></p><p><docTitle>Community
        workshops</docTitle></p></preface> <preamble> <formula name="enacting"><p>The General Assembly,</p></formula>
        <recitals><recital><p>Recalling its resolution 70/1 of 25 September 2015,<authorialNote marker="1"><p>See
        A/70/1.</p></authorialNote></p></recital> <recital><p>Silent about the matter</p></recital></recitals>
        </preamble> <mainBody> <paragraph eId="op1"><num>1.</num><content><p>Encourages Member
        States;</p></content></paragraph> <paragraph eId="op2"><num>2.</num><intro><p>Requests the
        Secretary-General:</p></intro> <subparagraph><num>(a)</num><content><p>To report;</p></content></subparagraph>
        <subparagraph><num>(b)</num><content><p>To advise.</p></content></subparagraph> </paragraph> </mainBody>
        <conclusions><p>50th plenary meeting</p><p>19 December 2023</p></conclusions> </statement> </akomaNtoso>
"""


def marc(*, symbol: str = "A/RES/78/901", records: int = 1, **fields: str) -> bytes:
    """Catalogue records as the Dag Hammarskjöld Library keeps them."""
    from pymarc import Field, Indicators, Record, Subfield

    def field(tag: str, **subfields: str) -> Field:
        return Field(
            tag=tag,
            indicators=Indicators(" ", " "),
            subfields=[Subfield(code=c, value=v) for c, v in subfields.items()],
        )

    out = b""
    for _ in range(records):
        record = Record(force_utf8=True)
        record.add_field(Field(tag="001", data="4031234"))
        record.add_field(field("191", a=symbol))
        record.add_field(field("245", a="Community workshops :", b="resolution / adopted by the General Assembly"))
        record.add_field(field("269", a="2023-12-19"))
        record.add_field(field("710", a="UN. General Assembly (78th sess. : 2023-2024)"))
        record.add_field(field("991", a="A/78/251", b="18(b).", d="WORKSHOPS"))
        record.add_field(field("993", a="A/C.2/78/L.91"))
        record.add_field(field("996", a=fields.get("vote", "Adopted without vote, 50th plenary meeting")))
        out += record.as_marc()
    return out
