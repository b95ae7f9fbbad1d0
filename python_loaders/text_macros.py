"""Functions over texts, as DuckDB SQL: what the casts and the formats share."""

from __future__ import annotations

_PLAIN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENT_PART = r"[eE][+-]?[0-9]{1,3}"
NUMBER = rf"{_PLAIN}(?:{_EXPONENT_PART})?"

_JSON_TEXT = r'"(?:[^"\\]|\\.)*"'
_LAX_JSON = r"(?i)nan|inf|,\s*[\]}]"
_EXPONENT = "split_part(lower(t), 'e', 2)"
_MANTISSA = "ltrim(split_part(lower(t), 'e', 1), '+-')"
_DIGITS = f"replace({_MANTISSA}, '.', '')"
_POINT = (
    f"(length(split_part({_MANTISSA}, '.', 1)) + coalesce(try_cast({_EXPONENT} as integer), 0))"
)


def half_even(plain: str, precision: int, scale: int) -> str:
    """A number without an exponent as a decimal, ties to even; NULL where it does not fit.

    Cut as text and put up by one step, because the casts will not do: from text they round ties
    away from zero and take nine times as long, and ``round_even`` of a decimal goes through a
    double in DuckDB 1.
    """
    kept = f"left({plain}, strpos({plain}, '.') + {scale})"
    rest = f"substr({plain}, strpos({plain}, '.') + {scale + 1})"
    type_ = f"decimal({precision}, {scale})"
    step = f"{10**-scale:.{scale}f}"
    return (
        f"case when strpos({plain}, '.') = 0 then try_cast({plain} as {type_}) "
        f"when {rest} < '5' then try_cast({kept} as {type_}) "
        f"when rtrim({rest}, '0') = '5' and right({kept}, 1) in ('0', '2', '4', '6', '8') "
        f"then try_cast({kept} as {type_}) "
        f"else try((try_cast({kept} as {type_}) "
        f"+ case when {plain} like '-%' then -{step} else {step} end)::{type_}) end"
    )


# For the casts and for the formats:
# - `strict_json`: valid JSON, without the NaN, Infinity and trailing commas that DuckDB takes.
# - `plain_number`: a number without an exponent. DuckDB 1 casts 9e-14 to a decimal as 1e-12.
# - `epoch_time`: a count of units since 1970 as a time in UTC, to the microsecond; what is no count
#   as it stands, so that it becomes a reject.
# - `half_even_12`: such a number as decimal(38, 12), ties to even; NULL where it does not fit.
MACROS = (
    f"""
    create temp macro strict_json(t) as case
        when not json_valid(t) then false
        when not regexp_matches(t, '{_LAX_JSON}') then true
        else not regexp_matches(regexp_replace(t, '{_JSON_TEXT}', '""', 'g'), '{_LAX_JSON}')
    end
    """,
    f"""
    create temp macro plain_number(t) as case
        when not regexp_full_match(t, '{_PLAIN}{_EXPONENT_PART}') then t
        else case when t like '-%' then '-' else '' end || case
            when {_POINT} <= 0 then '0.' || repeat('0', -{_POINT}) || {_DIGITS}
            when {_POINT} >= length({_DIGITS})
                then {_DIGITS} || repeat('0', {_POINT} - length({_DIGITS}))
            else left({_DIGITS}, {_POINT}) || '.' || substr({_DIGITS}, {_POINT} + 1)
        end
    end
    """,
    """
    create temp macro epoch_time(t, units_a_second) as case
        when regexp_full_match(t, '[0-9]{1,19}') then coalesce(
            make_timestamp(case
                when units_a_second <= 1000000
                    then try_cast(t as hugeint) * (1000000 // units_a_second)
                else try_cast(t as hugeint) // (units_a_second // 1000000)
            end::bigint)::varchar || '+00', t)
        else t
    end
    """,
    f"create temp macro half_even_12(t) as {half_even('t', 38, 12)}",
)
