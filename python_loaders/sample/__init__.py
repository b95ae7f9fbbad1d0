"""Deterministic synthetic input in the canonical formats, with a manifest of what it contains.

Everything is integer arithmetic on a counter: row *j* of a feed is a function of (seed, j), so a
file of any size streams out of DuckDB in constant memory, and the same arguments give the same
bytes on every machine, with any number of threads and any DuckDB version. No floating-point
function and none of DuckDB's own hash or random functions takes part.

A feed is ``n`` keys in the order of time. Its files, in the order in which they are to be loaded:

* main files, consecutive ranges of the keys, with repeated rows and bad rows between them;
* late files, the newest keys mixed with keys that the main files left out long before;
* correction files (upsert feeds), other content or a deletion for keys that are already there.

The manifest counts for every file what a loader must find: ``rows = landed + duplicates +
rejected`` with ``landed = new + corrections + deletions``. Order matters for the corrections alone,
which must come after the rows they correct.
"""

from python_loaders.sample.write import write_sample

__all__ = ["write_sample"]
