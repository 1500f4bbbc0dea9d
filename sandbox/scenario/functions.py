"""Which SQL functions an expression of a scenario may call: of one row, consistent, and bounded in what they make."""

from __future__ import annotations

import difflib


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERS = """
abs acos asin atan atan2 bit_count cbrt ceil ceiling cos cot degrees exp floor gcd greatest greatest_common_divisor
isfinite isinf isnan lcm least least_common_multiple ln log log10 log2 mod pi pow power radians round sign sin sqrt
tan trunc xor
"""
_TEXT = """
ascii chr concat concat_ws contains ends_with instr lcase left length len lower lpad ltrim md5 nfc_normalize ord
position prefix regexp_extract regexp_full_match regexp_matches regexp_replace repeat replace reverse right rpad rtrim
sha1 sha256 split_part starts_with strip_accents strlen strpos substr substring suffix translate trim ucase unicode
upper
"""
_TIME = """
date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek
dayofyear epoch epoch_ms epoch_us extract hour isodow isoyear last_day make_date make_time make_timestamp minute month
monthname quarter second strftime strptime timezone to_days to_hours to_minutes to_months to_seconds to_timestamp
to_weeks to_years try_strptime week weekday weekofyear year yearweek
"""
_CHOICE = "array_contains case cast coalesce if ifnull list_contains nullif try_cast"

ALLOWED = _words(f"{_NUMBERS} {_TEXT} {_TIME} {_CHOICE}")

NOT_CALLS = _words("and as between by distinct else escape from ilike in is like not or similar then to when")
"""Words that stand before an opening bracket and call nothing."""

TYPES_WITH_PARAMETERS = _words("char decimal numeric text varchar")

_AGGREGATES = _words("""
any_value approx_count_distinct arg_max arg_min array_agg avg bool_and bool_or corr count covar_pop entropy first
group_concat histogram kurtosis last list max mean median min mode product quantile quantile_cont skewness stddev
stddev_pop stddev_samp string_agg sum var_pop var_samp variance
""")
_WINDOWS = _words("cume_dist dense_rank first_value lag last_value lead nth_value ntile over rank row_number")
_CHANGING = _words("""
age clock_timestamp current_date current_time current_timestamp currval gen_random_uuid get_current_time
get_current_timestamp localtime localtimestamp nextval now random setseed statement_timestamp today
transaction_timestamp uuid uuidv4 uuidv7
""")
_INSTEAD = {
    "char_length": "write length(x)",
    "date": "write x::date",
    "format": "write lpad(x::varchar, 5, '0'), round(x, 2) or ||",
    "hash": "its values change with the version of DuckDB; write md5(x)",
    "initcap": "write upper(left(x, 1)) || lower(substr(x, 2))",
    "isnull": "write x is null",
    "nvl": "write coalesce(a, b)",
    "printf": "write lpad(x::varchar, 5, '0'), round(x, 2) or ||",
    "timestamp": "write x::timestamp",
}


def refusal(name: str) -> str:
    """Why a function may not be called, or what to call; `name` in lower case."""
    if name in _AGGREGATES:
        instead = {"max": "; of several columns: greatest(a, b)", "min": "; of several columns: least(a, b)"}
        return f"'{name}' is over many rows, and an expression sees one{instead.get(name, '')}."
    if name in _WINDOWS:
        return f"'{name}' looks at other rows, and an expression sees one."
    if name in _CHANGING:
        return f"'{name}' gives another value each time; use a column of the scenario, which its seed repeats."
    if name in _INSTEAD:
        return f"'{name}' is not available; {_INSTEAD[name]}."
    close = difflib.get_close_matches(name, sorted(ALLOWED), n=1, cutoff=0.7)
    mend = f"Did you mean '{close[0]}'?" if close else "Only functions of one row are available."
    return f"unknown or refused function '{name[:40]}'. {mend}"
