-- A row: an interval and symbol whose candles are not those of a batch computation from all ticks.
-- True right after a build, and at any moment between two builds: the built part lost or doubled
-- prints, a longer candle was rolled up wrongly, or the tail is not merged as it should.
{#- As one text: a hash of a NULL would be NULL, and compare with nothing. -#}
{%- set content -%}
    cityHash64(toString(tuple(
            symbol_id, open, high, low, close, volume, buy_volume, sell_volume, quote_volume,
            trade_count, first_seq, last_seq, first_at, last_at, opened_at
        )))
{%- endset %}

with ticks as (
    select * from {{ ref('stg_ticks') }}
),

{% for name, seconds in candle_intervals().items() %}
    states_{{ name }} as (
        {{ candles_of_ticks('ticks', seconds) | indent(8) }}
    ),

    batch_{{ name }} as (
        {{ candle_columns('states_' ~ name) | indent(8) }}
    ),
{% endfor %}

compared as (
    {% for name in candle_intervals() %}
        select
            '{{ name }}' as candle_interval,
            symbol_id,
            venue,
            1 as row_count,
            toInt128({{ content }}) as content
        from {{ ref('rpt_candles_' ~ name) }}
        union all
        select
            '{{ name }}' as candle_interval,
            symbol_id,
            venue,
            -1 as row_count,
            -toInt128({{ content }}) as content
        from (
            select
                batch_{{ name }}.*,
                {{ money('exact_quote_volume') }} as quote_volume
            from batch_{{ name }}
        )
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    candle_interval,
    symbol_id,
    venue,
    sum(row_count) as surplus_rows
from compared
group by candle_interval, symbol_id, venue
having sum(row_count) <> 0 or sum(content) <> 0
