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
import logging
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree
from pydantic import BaseModel, ValidationError

from sse_observatory import catalogue as catalogues
from sse_observatory.catalogue import Catalogue
from sse_observatory.catalogue.templates import Test
from sse_observatory.core import LANGUAGES, InputError, Language, NotFound
from sse_observatory.releases import Releases
from sse_observatory.updates.briefing import resolver_of
from sse_observatory.updates.claims import OpenConflict, Resolver, Unresolved, plain
from sse_observatory.updates.forms import printed_date
from sse_observatory.updates.records import Records
from sse_observatory.updates.render import reading, sidecar


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said about one claim: the claim, what it said, what is said now, and why.

    `sentence` is the first of the document that makes it.
    """

    claim: str
    said: str
    now: str
    why: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The answer about a document. `fresh` is True where nothing in it has gone stale or been altered."""

    title: str
    group: str
    as_of: date
    language: Language
    claims: int
    stale: tuple[Finding, ...]
    altered: tuple[Finding, ...]
    overtaken: tuple[Finding, ...]
    checked_on: date

    @property
    def fresh(self) -> bool:
        """Whether the document may go out as it is, for its own day."""
        return not self.stale and not self.altered


class _Claim(BaseModel):
    number: int
    claim: str
    value: Any
    known: str
    printed: str
    content: dict[str, str] | None = None
    later: bool = False


class _Sentence(BaseModel):
    template: str
    claims: list[int]
    text: str


class _Kept(BaseModel):
    """What a document carries of itself, as `sidecar` writes it."""

    title: str
    group: str
    as_of: date
    language: Language
    claims: list[_Claim]
    sentences: list[_Sentence]
    words: str = ""


def check(
    path: Path, records: Records, releases: Releases, *, on: date | None = None, catalogue: Catalogue | None = None
) -> Report:
    """What has gone stale in the document at `path` (HTML, PDF or DOCX), and what was overtaken by the day `on`.

    Raises InputError for a file that is not there or carries no claims.
    """
    loaded = catalogue or catalogues.load()
    kept, text = read(path)
    as_of, today, lang = kept.as_of, on or date.today(), kept.language
    then = resolver_of(loaded, records, releases, kept.group, as_of)
    now = resolver_of(loaded, records, releases, kept.group, max(today, as_of))
    said_in = {number: sentence.text for sentence in reversed(kept.sentences) for number in sentence.claims}
    stale, overtaken = [], []
    for claim in kept.claims:
        sentence = said_in.get(claim.number, "")
        found = _later(claim, then, lang) if claim.later else _stale(claim, then, lang)
        if found is not None:
            stale.append(replace(found, sentence=sentence))
        elif not claim.later and (after := _stale(claim, now, lang)) is not None:
            overtaken.append(replace(after, sentence=sentence))
    return Report(
        kept.title, kept.group, as_of, lang, len(kept.claims), tuple(stale), tuple(_altered(kept, text)),
        tuple(overtaken), today,
    )  # fmt: skip


def _stale(claim: _Claim, resolver: Resolver, lang: Language) -> Finding | None:
    test = _test(claim.claim)
    said = claim.printed or _shown(claim.value, lang)
    if test.path.startswith("document."):
        return None
    try:
        found = resolver.claim(test)
    except OpenConflict as error:
        return Finding(claim.claim, said, "", error.what)
    except (Unresolved, NotFound):
        return Finding(claim.claim, said, _found_instead(test, resolver, lang), "The claim no longer holds.")
    if claim.content is not None:
        return _observation(claim, said, claim.content, resolver, test)
    value = plain(found.claim.value)
    if _in_language(value, lang) != _in_language(claim.value, lang):
        return Finding(claim.claim, said, _shown(value, lang), "The record says something else.")
    if found.claim.known != claim.known:
        why = f"It was {claim.known} and is {found.claim.known}."
        return Finding(claim.claim, said, said, why)
    return None


def _observation(
    claim: _Claim, said: str, then: Mapping[str, str], resolver: Resolver, test: Test
) -> Finding | None:
    name = test.path.removeprefix("observation:").split(".")[0]
    content = resolver.published.figure(name).content
    changed = [key for key, value in then.items() if content.get(key) != value]
    if not changed:
        return None
    told = "; ".join(f"{key} was {then[key]} and is {content.get(key)}" for key in changed)
    return Finding(claim.claim, said, content["value"], f"The published figure changed: {told}.")


def _later(claim: _Claim, resolver: Resolver, lang: Language) -> Finding | None:
    identifier, _, known = claim.claim.rpartition(".corrections.")
    noted = claim.value["text"] if isinstance(claim.value, dict) else claim.value
    said = _shown(noted, lang)
    for record, correction in resolver.view.corrections():
        if record.id == identifier and correction.known.code == known:
            value = plain(correction.text)
            if _in_language(value, lang) == _in_language(noted, lang):
                return None
            return Finding(claim.claim, said, _shown(value, lang), "The note changed.")
    return Finding(claim.claim, said, "", "The correction note is gone.")


def _found_instead(test: Test, resolver: Resolver, lang: Language) -> str:
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


def _in_language(value: Any, lang: Language) -> Any:
    """`value` as a reader of `lang` meets it: a change in another language makes nothing stale for them."""
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            return value.get(lang, value.get("en", next(iter(value.values()))))
        return {key: _in_language(item, lang) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_language(item, lang) for item in value]
    return value


def _shown(value: Any, lang: Language) -> str:
    value = _in_language(value, lang)
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(item, lang) for item in value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", value):
        return printed_date(value, lang)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"


def _altered(kept: _Kept, text: str) -> Iterator[Finding]:
    """The sentences whose words are no longer in the document; else, whether it says anything it did not say."""
    present, gone = reading.squeezed(text), False
    for sentence in kept.sentences:
        words = sentence.text.rstrip(".… ")
        if words and reading.squeezed(words) not in present:
            gone = True
            yield Finding(sentence.template, words, "", "These words are not in the document any more.")
    if kept.words and not gone and reading.digest(text) != kept.words:
        yield Finding("document", kept.title, "", "Something beside its sentences was added, removed or changed.")


# Reading the claims back out of each form.

LARGEST = 50_000_000
"""How many bytes of a file, or of a part of a package, are read: a briefing has well under one million."""


def read(path: Path) -> tuple[_Kept, str]:
    """The claims kept in a document, and its words. Raises InputError where there are none."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError("the file is too large for a briefing.", file=path, todo="Name a briefing built here.")
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
        form = kept.get("format") if isinstance(kept, dict) else None
        if form != sidecar.FORMAT:
            raise ValueError(f"its claims are of the form {form!r}")
        return _Kept.model_validate(kept), text
    except ValidationError as error:
        fault = error.errors()[0]
        place, why = ".".join(str(part) for part in fault["loc"]), fault["msg"].partition(" or instance of")[0]
        raise _without_claims(path, f"{place}: {why}") from error
    except (ValueError, KeyError, LookupError, zipfile.BadZipFile, etree.XMLSyntaxError, RecursionError) as error:
        raise _without_claims(path, str(error)) from error


def _without_claims(path: Path, why: str) -> InputError:
    return InputError(
        f"the file carries no claims that can be checked ({why}).",
        file=path,
        expected="a briefing built by this observatory, as HTML, PDF or DOCX",
        todo="Build the briefing again, or check the original file: saving it elsewhere may have removed them.",
    )


def _from_html(page: str) -> tuple[str, str]:
    name = re.escape(sidecar.FILE_NAME)
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)
    if not found:
        raise LookupError("no claims in the page")
    return found[1], reading.of_html(page)


def _from_pdf(data: bytes) -> tuple[str, str]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it says of a damaged file is said here
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        attached = reader.attachments.get(sidecar.FILE_NAME)
        pages = [page.extract_text() for page in reader.pages]
    except Exception as error:  # a damaged file fails in ways that the library does not declare
        raise ValueError(str(error)) from error
    if not attached:
        raise LookupError("no claims are attached to it")
    return attached[0].decode("utf-8"), reading.of_paper(pages)


def _from_docx(data: bytes) -> tuple[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if any(part.file_size > LARGEST for part in package.infolist()):
            raise ValueError("a part of the package is too large")
        for name in package.namelist():
            if name.startswith("customXml/"):
                content = package.read(name)
                if sidecar.NAMESPACE.encode() in content:
                    # A document may come from anywhere: nothing in it is fetched or expanded.
                    parser = etree.XMLParser(resolve_entities=False, no_network=True)
                    written = etree.fromstring(content, parser).text or ""
                    body = etree.fromstring(package.read("word/document.xml"), parser)
                    return written, reading.of_word(body)
    raise LookupError("no claims in the package")


__all__ = ["Finding", "Report", "check", "read"]
