"""The columns of a mapped table: as text that lands, and as text that both engines agree on.

What lands is the text that PostgreSQL writes for a value; the contract casts it like any other.
``Digest`` is another way to the same content, to compare without going through that cast: each
engine writes its own value in a form that leaves no choice (a number without trailing zeros, an
instant in microseconds, the bits of a double), and hashes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from python_loaders.casting import DECIMAL, UNSIGNED
from python_loaders.contract import Column
from python_loaders.errors import ConfigurationError
from python_loaders.postgres.mapping import TableMapping
from python_loaders.postgres.session import Session
from python_loaders.quoting import identifier, pg_identifier, pg_literal

_NUMBERS = {"int2", "int4", "int8", "numeric"}
_FLOATS = {"float4", "float8"}
_LOCAL_TIMES = {"timestamp", "date"}
_JSON = {"json", "jsonb"}

# what a column of the feed takes, by its base type
_TAKES = {
    "Float64": _NUMBERS | _FLOATS,
    "Array(String)": {"array"} | _JSON,
    "Decimal": _NUMBERS | _FLOATS,
    "UInt": _NUMBERS | {"timestamptz"},
    "DateTime64": {"timestamptz"} | _LOCAL_TIMES,
}


@dataclass(frozen=True)
class Digest:
    """One row's content in two dialects: a text each, and the total of its decimal columns."""

    pg_text: str
    pg_total: str
    ch_text: str
    ch_total: str

    @property
    def pg_hash(self) -> str:
        """64 bits of the text's hash, as a bigint."""
        return f"('x' || substr(md5({self.pg_text}), 1, 16))::bit(64)::bigint"

    @property
    def ch_hash(self) -> str:
        return f"reinterpretAsInt64(reverse(substring(MD5({self.ch_text}), 1, 8)))"


@dataclass(frozen=True)
class TableColumns:
    """The types of a mapped table, and the expressions made of them."""

    mapping: TableMapping
    types: dict[str, str]
    full_types: dict[str, str]
    nullable_cursor: bool

    @property
    def relation(self) -> str:
        """The table, as ``t``: in ``order by`` a bare name would mean a column of the result."""
        schema, _, name = self.mapping.table.partition(".")
        return f"{pg_identifier(schema)}.{pg_identifier(name)} as t"

    @property
    def cursor(self) -> tuple[str, str]:
        first, second = self.mapping.cursor
        return own(first), own(second)

    @property
    def cursor_types(self) -> tuple[str, str]:
        first, second = self.mapping.cursor
        return self.full_types[first], self.full_types[second]

    @property
    def is_deleted(self) -> str:
        """True for a row that is marked as deleted, or is not there yet."""
        conditions = ["false"]
        if name := self.mapping.tombstone:
            column = own(name)
            is_flag = self.types[name] == "bool"
            conditions.append(f"coalesce({column}, false)" if is_flag else f"{column} is not null")
        if name := self.mapping.ignore_null:
            conditions.append(f"{own(name)} is null")
        return " or ".join(conditions)

    @property
    def is_current(self) -> str:
        """True for a row that the warehouse should hold because of this table."""
        conditions = [f"not ({self.is_deleted})"]
        if self.mapping.archived_at:
            conditions.append(f"{own(self.mapping.archived_at)} is null")
        return " and ".join(conditions)

    @property
    def select_list(self) -> str:
        """The columns of the feed, as text."""
        fields = [
            f"{self._landing(self.mapping.feed.column(name))} as {pg_identifier(name)}"
            for name in self.mapping.columns
        ]
        if self.mapping.feed.mode == "upsert":
            fields.append(f"case when {self.is_deleted} then 'delete' else 'upsert' end as _op")
        return ", ".join(fields)

    @property
    def month(self) -> str:
        """The month of the event time, UTC, as the warehouse writes it."""
        column = self.mapping.feed.column(self.mapping.feed.event_time)
        return f"coalesce(to_char(({self._instant(column)}) at time zone 'UTC', 'YYYYMM'), '')"

    @property
    def keys(self) -> list[str]:
        """The key of the feed, as text."""
        return [self._canonical(self.mapping.feed.column(name)) for name in self.mapping.feed.key]

    @property
    def digest(self) -> Digest:
        columns = [
            column
            for column in self.mapping.feed.columns
            if column.name in self.mapping.columns or column.name in self.mapping.constants
        ]
        decimals = [column for column in columns if DECIMAL.match(column.base_type)]
        pg_parts = [self._canonical(column) for column in columns]
        ch_parts = [ch_canonical(column) for column in columns]
        pg_sum = " + ".join(f"coalesce(({self._number(c)}), 0)" for c in decimals)
        ch_sum = " + ".join(f"toDecimal256(ifNull({identifier(c.name)}, 0), 12)" for c in decimals)
        return Digest(
            " || ".join(
                f"coalesce(octet_length({p})::text || ':' || ({p}), '-')" for p in pg_parts
            ),
            pg_sum or "0",
            "concat(" + ", ".join(
                f"ifNull(concat(toString(length({p})), ':', {p}), '-')" for p in ch_parts
            ) + ")",
            ch_sum or "toDecimal256(0, 12)",
        )  # fmt: skip

    def micros(self, column: Column) -> str:
        """An instant in microseconds since 1970; NULL where it is none."""
        return _micros(self._instant(column))

    def _source(self, column: Column) -> tuple[str, str]:
        """The value of a column of the feed in PostgreSQL, and its type."""
        if column.name in self.mapping.constants:
            type_ = {"String": "text", "Float64": "float8", "Array(String)": "json"}.get(
                column.base_type,
                "timestamptz" if column.base_type.startswith("DateTime64") else "numeric",
            )
            return f"{pg_literal(self.mapping.constants[column.name])}::{type_}", type_
        name = self.mapping.columns[column.name]
        return own(name), self.types[name]

    def _landing(self, column: Column) -> str:
        value, type_ = self._source(column)
        if type_ == "array":
            text = f"to_json({value})::text"
            if column.base_type == "Array(String)":
                # its elements would be texts of arrays
                return f"case when array_ndims({value}) > 1 then 'nested array' else {text} end"
            return text
        if type_ == "timestamptz" and column.base_type in UNSIGNED:
            return f"case when isfinite({value}) then {_micros(value)}::text else {value}::text end"
        if type_ == "text" and column.base_type == "String" and column.default:
            # the contract takes the empty text for silence, which here it is not
            return f"case when {value}::text = '' then '''''' else {value}::text end"
        return f"{value}::text"

    def _instant(self, column: Column) -> str:
        value, type_ = self._source(column)
        if type_ in _LOCAL_TIMES:
            zone = pg_literal(self.mapping.timezone or "UTC")
            value = f"({value}::timestamp at time zone {zone})"
        return f"case when isfinite({value}) then {value} end"

    def _number(self, column: Column) -> str:
        """A number at the scale of its column, ties to even, without trailing zeros."""
        value, type_ = self._source(column)
        # by its text: the cast from a double keeps 15 digits
        number = f"{value}::text::numeric" if type_ in _FLOATS else f"{value}::numeric"
        match = DECIMAL.match(column.base_type)
        scale = int(match[2]) if match else 0
        cut = f"trunc({number}, {scale})"
        is_tie = f"abs({number} - {cut}) = 0.5 * power(10::numeric, -{scale})"
        is_even = f"mod({cut} * power(10::numeric, {scale}), 2) = 0"
        return (
            f"trim_scale(case when scale({number}) <= {scale} then {number} "
            f"when {is_tie} and {is_even} then {cut} else round({number}, {scale}) end)"
        )

    def _canonical(self, column: Column) -> str:
        value, type_ = self._source(column)
        base = column.base_type
        if base == "Array(String)":
            elements = f"unnest({value}::text[])"
            if type_ in _JSON:
                elements = (
                    f"jsonb_array_elements_text(case when jsonb_typeof({value}::jsonb) = 'array' "
                    f"then {value}::jsonb end)"
                )
            return (
                "coalesce((select string_agg(octet_length(element)::text || ':' || element, '' "
                f"order by place) from {elements} with ordinality as e(element, place)), '')"
            )
        if base == "Float64":
            double = f"{value}::text::float8"
            text = f"('x' || encode(float8send({double}), 'hex'))::bit(64)::bigint::text"
        elif base.startswith("DateTime64"):
            text = f"{self.micros(column)}::text"
        elif base == "String":
            text = self._landing(column)
        elif type_ == "timestamptz":
            text = f"{self.micros(column)}::text"
        else:
            text = f"({self._number(column)})::text"
        return (
            f"coalesce({text}, {pg_literal(column.default)})"
            if column.default
            else (f"coalesce({text}, '')" if column.default == "" else text)
        )


def own(name: str) -> str:
    """A column of the mapped table."""
    return f"t.{pg_identifier(name)}"


def ch_canonical(column: Column) -> str:
    """A value of the warehouse as the text that ``TableColumns`` writes in PostgreSQL."""
    name = identifier(column.name)
    if column.base_type == "Array(String)":
        return f"arrayStringConcat(arrayMap(e -> concat(toString(length(e)), ':', e), {name}))"
    if column.base_type == "Float64":
        return f"toString(reinterpretAsInt64({name}))"
    if column.base_type.startswith("DateTime64"):
        return f"toString(toUnixTimestamp64Micro({name}))"
    return f"toString({name})"


def _micros(instant: str) -> str:
    return f"(extract(epoch from ({instant})) * 1000000)::bigint"


def read_columns(session: Session, mapping: TableMapping) -> TableColumns:
    """Look the mapped columns up in the catalogue.

    Raises:
        ConfigurationError: a table or column is not there, or cannot feed what it is mapped to.
    """
    schema, _, table = mapping.table.partition(".")
    found = session.rows(
        "select a.attname::text as name, a.attnotnull as is_given, "
        "format_type(a.atttypid, a.atttypmod) as full_type, "
        "case when base.typcategory = 'A' then 'array' "
        "when base.typname in ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'bool', "
        "'timestamptz', 'timestamp', 'date', 'json', 'jsonb', 'money') then base.typname::text "
        "else 'text' end as type "
        "from pg_attribute a join pg_class c on c.oid = a.attrelid "
        "join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid "
        "join pg_type base on base.oid = coalesce(nullif(t.typbasetype, 0), t.oid) "
        "where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped",
        schema,
        table,
    )
    types = {row["name"]: row["type"] for row in found}
    if not types:
        raise ConfigurationError(
            f"{mapping.where}: there is no table {mapping.table}, or the role has no usage of its "
            "schema"
        )
    used = [
        *mapping.columns.values(),
        *mapping.cursor,
        mapping.tombstone,
        mapping.ignore_null,
        mapping.closed_at,
        mapping.archived_at,
    ]
    if missing := sorted({name for name in used if name and name not in types}):
        raise ConfigurationError(f"{mapping.where}: {mapping.table} has no column {missing[0]}")
    for name, column in mapping.columns.items():
        _check_type(mapping, mapping.feed.column(name), types[column])
    if types[mapping.cursor[0]] != "timestamptz":
        raise ConfigurationError(
            f"{mapping.where}: cursor {mapping.cursor[0]} is {types[mapping.cursor[0]]}; it must "
            "be timestamp with time zone, because local times repeat"
        )
    if mapping.tombstone and types[mapping.tombstone] not in {"bool", "timestamptz", "timestamp"}:
        raise ConfigurationError(f"{mapping.where}: tombstone must be a boolean or a time")
    given = {row["name"] for row in found if row["is_given"]}
    return TableColumns(
        mapping,
        types,
        {row["name"]: row["full_type"] for row in found},
        not given >= set(mapping.cursor),
    )


def _check_type(mapping: TableMapping, column: Column, type_: str) -> None:
    kind = next((kind for kind in _TAKES if column.base_type.startswith(kind)), None)
    if kind is not None and type_ not in _TAKES[kind]:
        raise ConfigurationError(
            f"{mapping.where}: {column.name} takes {column.type}, and column "
            f"{mapping.columns[column.name]} is {type_}; cast it in a view and map that"
        )
    if type_ in _LOCAL_TIMES and kind == "DateTime64" and mapping.timezone is None:
        raise ConfigurationError(
            f"{mapping.where}: column {mapping.columns[column.name]} is a time without a zone; "
            "say timezone in the mapping"
        )
