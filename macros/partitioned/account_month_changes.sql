{# The `changes` of a partitioned model of trades by month of the account's calendar, which is at
   most 12 hours behind UTC and 14 ahead. #}
{% macro account_month_changes() -%}
    {%- set months = [
        'toYYYYMM(closed_at - interval 12 hour)',
        'toYYYYMM(closed_at + interval 14 hour)',
    ] -%}
    {{ return([
        {'feed': 'trades', 'partitions': months},
        {'feed': 'accounts', 'through': 'account_id', 'partitions': months},
    ]) }}
{%- endmacro %}

{# The condition of such a model: rows of the touched months alone. #}
{% macro in_account_months() -%}
    {{ near_touched('closed_at', 14, 12) }} and {{ in_touched('toYYYYMM(trade_date)') }}
{%- endmacro %}
