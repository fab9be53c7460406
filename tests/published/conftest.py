"""A catalogue to read and a folder of published figures to spoil."""

import csv
import shutil
from pathlib import Path

import pytest

from sse_observatory import catalogue
from sse_observatory.catalogue.published import check_published


@pytest.fixture(scope="session")
def packaged():
    return catalogue.load(catalogue.PACKAGED)


@pytest.fixture(scope="session")
def published(packaged):
    return packaged.published


@pytest.fixture(scope="session")
def number(published):
    """The value of a figure, in whole units of its unit of measure."""
    return lambda name: published.figures[name].value * 10 ** published.figures[name].multiplier


class Folder:
    """A copy of the folder of published figures in which a test changes one thing."""

    def __init__(self, root: Path, packaged: catalogue.Catalogue) -> None:
        self.root, self.packaged = root, packaged
        shutil.copytree(packaged.root / "published", root / "published")

    def path(self, name: str) -> Path:
        return self.root / "published" / name

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.path(name).read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        self.path(name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def key(self, name: str, figure: str, **values: str) -> int:
        """Key other values into the row of one figure; its line."""
        with self.path(f"figures/{name}.csv").open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        [place] = [i for i, row in enumerate(rows) if row[0] == figure]
        for column, value in values.items():
            rows[place][header.index(column)] = value
        with self.path(f"figures/{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])
        return place + 2

    def problems(self):
        return list(check_published(self.root, self.packaged))


@pytest.fixture
def folder(tmp_path, packaged):
    return Folder(tmp_path, packaged)
