"""The engine: where tables with a row per unit live. The only package that names a database product.

`connect(url)` gives an `Engine`; everything else is written as Ibis expressions over its tables.
DuckDB inside the process is the default; Apache Spark and PostgreSQL are later additions behind the
same face. `exact_sum` is how a total is added up, so that it is the same on every run and engine.
"""

from sse_observatory.engine.engine import Engine, connect
from sse_observatory.engine.sums import exact_sum

__all__ = ["Engine", "connect", "exact_sum"]
