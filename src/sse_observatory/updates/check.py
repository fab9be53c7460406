"""Ask later whether what a built document says still holds: claim by claim, against the records and releases of today.

Three answers, each about one claim:

* *stale*: asked again as of the document's own day, the claim says something else, is known less well, leads nowhere or
  meets an open conflict. A published value is stale when its value, status or definition changed, never merely because
  a new release says the same under another name.
* *altered*: the words of the document are no longer those it was built with.
* *overtaken*: right as of the document's day, and different on the day of the check. That is no fault of the document.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

from lxml import etree

from sse_observatory import catalogue as catalogues
from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.templates import Test
from sse_observatory.core import LANGUAGES, InputError, NotFound, ObservatoryError
from sse_observatory.releases import Releases
from sse_observatory.updates.briefing import resolver_of
from sse_observatory.updates.claims import OpenConflict, Resolver, Unresolved, plain
from sse_observatory.updates.records import Records
from sse_observatory.updates.render import sidecar


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said about one claim: the claim, what it said, what is said now, and why."""

    claim: str
    said: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """The answer about a document. `fresh` is True where nothing in it has gone stale or been altered."""

    title: str
    group: str
    as_of: date
    language: str
    claims: int
    stale: tuple[Finding, ...]
    altered: tuple[Finding, ...]
    overtaken: tuple[Finding, ...]
    checked_on: date

    @property
    def fresh(self) -> bool:
        """Whether the document may go out as it is, for its own day."""
        return not self.stale and not self.altered


def check(
    path: Path, records: Records, releases: Releases, *, on: date | None = None, catalogue: Catalogue | None = None
) -> Report:
    """What has gone stale in the document at `path` (HTML, PDF or DOCX), and what was overtaken by the day `on`.

    Raises InputError for a file that is not there or carries no claims.
    """
    loaded = catalogue or catalogues.load()
    kept, text = read(path)
    as_of, today = date.fromisoformat(kept["as_of"]), on or date.today()
    then = resolver_of(loaded, records, releases, kept["group"], as_of)
    now = resolver_of(loaded, records, releases, kept["group"], max(today, as_of))
    lang = kept["language"]
    stale, overtaken = [], []
    for claim in kept["claims"]:
        found = _later(claim, then) if claim.get("later") else _stale(claim, then, lang)
        if found is not None:
            stale.append(found)
        elif not claim.get("later") and (after := _stale(claim, now, lang)) is not None:
            overtaken.append(after)
    return Report(
        kept["title"], kept["group"], as_of, lang, len(kept["claims"]), tuple(stale), tuple(_altered(kept, text)),
        tuple(overtaken), today,
    )  # fmt: skip


def _stale(claim: Mapping[str, Any], resolver: Resolver, lang: str) -> Finding | None:
    test = _test(claim["claim"])
    said = claim["printed"] or _shown(claim["value"], lang)
    if test.path.startswith("document."):
        return None
    try:
        found = resolver.claim(test)
    except OpenConflict as error:
        return Finding(claim["claim"], said, "", error.what)
    except (Unresolved, NotFound):
        return Finding(claim["claim"], said, _found_instead(test, resolver, lang), "The claim no longer holds.")
    if "content" in claim:
        return _observation(claim, said, resolver, test)
    value = plain(found.claim.value)
    if _in_language(value, lang) != _in_language(claim["value"], lang):
        return Finding(claim["claim"], said, _shown(value, lang), "The record says something else.")
    if found.claim.known != claim["known"]:
        why = f"It was {claim['known']} and is {found.claim.known}."
        return Finding(claim["claim"], said, said, why)
    return None


def _observation(claim: Mapping[str, Any], said: str, resolver: Resolver, test: Test) -> Finding | None:
    name = test.path.removeprefix("observation:").split(".")[0]
    content = resolver.published.figure(name).content
    changed = [key for key, value in claim["content"].items() if content.get(key) != value]
    if not changed:
        return None
    told = "; ".join(f"{key} was {claim['content'][key]} and is {content.get(key)}" for key in changed)
    return Finding(claim["claim"], said, content["value"], f"The published figure changed: {told}.")


def _later(claim: Mapping[str, Any], resolver: Resolver) -> Finding | None:
    identifier, known = claim["claim"].rsplit(".corrections.", 1)
    for record, correction in resolver.view.corrections():
        if record.id == identifier and correction.known.code == known:
            value = {lang: text for lang in LANGUAGES if (text := correction.text.get(lang)) is not None}
            if value == claim["value"]["text"]:
                return None
            return Finding(claim["claim"], claim["value"]["text"]["en"], value.get("en", ""), "The note changed.")
    return Finding(claim["claim"], claim["value"]["text"].get("en", ""), "", "The correction note is gone.")


def _found_instead(test: Test, resolver: Resolver, lang: str) -> str:
    try:
        return _shown(plain(resolver.value(test.path)[0]), lang)
    except (NotFound, LookupError, AttributeError, ValueError, TypeError):
        return ""


def _test(written: str) -> Test:
    found = re.fullmatch(r"(?P<path>\S+)(?: (?P<how>=|has) (?P<expected>.*))?", written)
    if not found:
        what = f"the claim {written!r} is not understood."
        raise InputError(what, file=sidecar.FILE_NAME, todo="Build the document again.")
    how: Any = found["how"] or ""
    return Test(found["path"], how, found["expected"] or "")


def _in_language(value: Any, lang: str) -> Any:
    """`value` as a reader of `lang` meets it: a change in another language makes nothing stale for them."""
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            return value.get(lang, value.get("en", next(iter(value.values()))))
        return {key: _in_language(item, lang) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_language(item, lang) for item in value]
    return value


def _shown(value: Any, lang: str) -> str:
    value = _in_language(value, lang)
    if isinstance(value, list):
        return ", ".join(_shown(item, lang) for item in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"


def _altered(kept: Mapping[str, Any], text: str) -> Iterator[Finding]:
    """The sentences whose words are no longer in the document."""
    present = _squeezed(text)
    for sentence in kept["sentences"]:
        words = sentence["text"].rstrip(".… ")
        if words and _squeezed(words) not in present:
            yield Finding(sentence["template"], words, "", "These words are not in the document any more.")


def _squeezed(text: str) -> str:
    """`text` without what setting it may change: spaces, hyphens at line ends, invisible marks."""
    return re.sub(r"[\s\u00ad\u2010\u2011\u2060\u00a0\u202f-]+", "", text)


# Reading the claims back out of each form.


def read(path: Path) -> tuple[dict[str, Any], str]:
    """The claims kept in a document, and its words. Raises InputError where there are none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}.", file=path, todo="Name a briefing built here."
        ) from error
    try:
        if data.startswith(b"%PDF"):
            written, text = _from_pdf(data)
        elif data.startswith(b"PK"):
            written, text = _from_docx(data)
        else:
            written, text = _from_html(data.decode("utf-8"))
        kept = json.loads(written)
        if kept.get("format") != sidecar.FORMAT:
            raise ValueError(f"its claims are of the form {kept.get('format')!r}")
    except (ValueError, KeyError, LookupError, zipfile.BadZipFile, etree.XMLSyntaxError) as error:
        raise InputError(
            f"the file carries no claims that can be checked ({error}).",
            file=path,
            expected="a briefing built by this observatory, as HTML, PDF or DOCX",
            todo="Build the briefing again, or check the original file: saving it elsewhere may have removed them.",
        ) from error
    return kept, text


def _from_html(page: str) -> tuple[str, str]:
    name = re.escape(sidecar.FILE_NAME)
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    if not found:
        raise LookupError("no claims in the page")
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    body = re.sub(r'<span class="(?:ref|note)">.*?</span>', "", body, flags=re.S)
    return found[1], unescape(re.sub(r"<[^>]+>", "", body))


def _from_pdf(data: bytes) -> tuple[str, str]:
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        attached = reader.attachments[sidecar.FILE_NAME][0]
        text = "\n".join(_without_feet([page.extract_text() for page in reader.pages]))
    except PyPdfError as error:
        raise ValueError(str(error)) from error
    return attached.decode("utf-8"), _without_references(text)


def _without_feet(pages: list[str]) -> list[str]:
    """The pages without the lines at their foot, which differ in the number of the page only.

    A sentence that runs over onto the next page has them in its middle.
    """
    lines = [page.rstrip().split("\n") for page in pages]
    while len(lines) > 1 and all(lines) and len({re.sub(r"\d+", "", page[-1]) for page in lines}) == 1:
        for page in lines:
            page.pop()
    return ["\n".join(page) for page in lines]


def _from_docx(data: bytes) -> tuple[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.startswith("customXml/"):
                content = package.read(name)
                if sidecar.NAMESPACE.encode() in content:
                    # A document may come from anywhere: nothing in it is fetched or expanded.
                    parser = etree.XMLParser(resolve_entities=False, no_network=True)
                    written = etree.fromstring(content, parser).text or ""
                    body = etree.fromstring(package.read("word/document.xml"), parser)
                    words = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"
                    text = "".join(node.text or "" for node in body.iter(words))
                    return written, _without_references(text)
    raise LookupError("no claims in the package")


def _without_references(text: str) -> str:
    """`text` without the numbers of sources in square brackets, which stand inside its sentences."""
    return re.sub(r"\s*\[[^\[\]]*\]", "", text)


__all__ = ["Finding", "ObservatoryError", "Report", "check", "read"]
