{# What follows from the best bid and ask of a row: select columns. Absent sides are NULL. #}
{% macro book_measures(bid, ask, bid_size, ask_size) -%}
    {%- set mid = '(' ~ wide(bid) ~ ' + ' ~ wide(ask) ~ ') * toDecimal32(0.5, 1)' -%}
    {{ money(wide(ask) ~ ' - ' ~ wide(bid)) }} as spread,
    {{ money(mid) }} as mid,
    {{ ratio(wide(ask) ~ ' - ' ~ wide(bid), mid) }} * 10000 as spread_bps,
    {{ ratio(
        wide(bid) ~ ' * ' ~ wide(ask_size) ~ ' + ' ~ wide(ask) ~ ' * ' ~ wide(bid_size),
        wide(bid_size) ~ ' + ' ~ wide(ask_size)
    ) }} as microprice,
    {{ ratio(
        wide(bid_size) ~ ' - ' ~ wide(ask_size), wide(bid_size) ~ ' + ' ~ wide(ask_size)
    ) }} as imbalance_1,
    case
        when {{ bid }} is null and {{ ask }} is null then 'empty'
        when {{ bid }} is null or {{ ask }} is null then 'one_sided'
        when {{ bid }} > {{ ask }} then 'crossed'
        when {{ bid }} = {{ ask }} then 'locked'
        else 'normal'
    end as book_state,
    case
        when {{ bid }} is null and {{ ask }} is null
            then 'spread=empty;mid=empty;spread_bps=empty;microprice=empty;imbalance_1=empty;'
        when {{ bid }} is null or {{ ask }} is null
            then concat(
                'spread=one_sided;mid=one_sided;spread_bps=one_sided;microprice=one_sided;',
                'imbalance_1=one_sided;'
            )
        when {{ bid_size }} is null or {{ ask_size }} is null or {{ bid_size }} + {{ ask_size }} = 0
            then 'microprice=no_size;imbalance_1=no_size;'
        else ''
    end as undefined_metrics
{%- endmacro %}
