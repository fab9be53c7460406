"""How every process ends: hidden cells fall silent, the draft is attacked, its lineage settled, and it is published.

Nothing of a process is in here, so that no process can end in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from sse_observatory.catalogue.load import Catalogue
from sse_observatory.core import ConfStatus, Unsafe, content_hash, keyed_hash
from sse_observatory.pipelines.restricted import Restricted
from sse_observatory.production import confidentiality, lineage
from sse_observatory.releases import Audit, Draft, ReleaseRef, Releases, code_fingerprint, run_id
from sse_observatory.structures import Codelist

Progress = Callable[[str], None]


def silent(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """`table` whose hidden cells say nothing in `columns`: they are confidential, and no more is told of them."""
    hidden = pc.equal(table["CONF_STATUS"], ConfStatus.CONFIDENTIAL.value)
    for name in columns:
        column = pc.if_else(hidden, pa.scalar(None, pa.string()), table[name])
        table = table.set_column(table.column_names.index(name), table.schema.field(name), column)
    return table


def run_of(
    process: str, version: str, rules: str, file: Path, inputs: Mapping[str, str], catalogue: Catalogue,
    restricted: Restricted,
) -> str:  # fmt: skip
    """The id of a run: of its inputs, parameters, code and definitions, keyed with the installation's secret."""
    said = {"process": process, "version": version, "rules": rules}
    definitions = content_hash([catalogue.fingerprint(), content_hash(file.read_bytes())])
    return run_id(inputs, said, code_fingerprint(), definitions, restricted.key)


def told(inputs: Mapping[str, str], restricted: Restricted) -> dict[str, str]:
    """What a release tells of the content of its inputs: a keyed hash of each, which nobody else can make."""
    return {name: keyed_hash(restricted.key, content)[:32] for name, content in sorted(inputs.items())}


def through(
    draft: Draft,
    facts: Sequence[confidentiality.Facts],
    codelists: Mapping[str, Codelist],
    rules: confidentiality.Rules,
    folder: Path,
    releases: Releases | None,
    progress: Progress,
) -> tuple[ReleaseRef | None, Audit, Path]:
    """Attack `draft`, settle the lineage in `folder`, and publish in `releases` unless there are none.

    Gives the release, the verdict and where the lineage is now. Raises Unsafe where the attack finds what protection
    overlooked; nothing is settled or published then.
    """
    progress("attacking the protected tables")
    audit = confidentiality.audit(draft, facts, codelists, rules)
    if not audit.safe:
        raise Unsafe(
            f"the audit did not find the draft safe ({'; '.join(audit.findings)})",
            "Publish coarser breakdowns, or report the tables: the protection overlooked something.",
        )
    settled = lineage.settle(folder, draft.run_id)
    release = None
    if releases is not None:
        progress("publishing")
        release = releases.publish(draft, audit)
    return release, audit, settled
