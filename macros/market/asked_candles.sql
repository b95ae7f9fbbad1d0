{# The candles of one symbol, interval and span, as parameters of a view. An interval that is not
   asked for is known before it is read, and left out. #}
{% macro asked_candles(relations) -%}
    {%- set symbol_id = view_parameter('symbol', 'String') -%}
    {%- set queries = [] -%}
    {%- for name, relation in relations.items() -%}
        {%- set query -%}
            select
                '{{ name }}' as candle_interval,
                candles.*
            from {{ relation }} as candles
            where
                {{ view_parameter('interval', 'String') }} = '{{ name }}'
                and candles.market = (select asked.market from asked)
                and candles.symbol = (select asked.symbol from asked)
                and candles.opened_at >= {{ view_parameter('from', type_instant()) }}
                and candles.opened_at < {{ view_parameter('to', type_instant()) }}
        {%- endset -%}
        {%- do queries.append(query) -%}
    {%- endfor -%}
    with asked as (
        select
            splitByChar(':', {{ symbol_id }})[1] as market,
            substring({{ symbol_id }}, position({{ symbol_id }}, ':') + 1) as symbol
    ),

    final as (
        {{ queries | join('\n        union all\n        ') }}
    )

    select * from final
    order by opened_at, venue
{%- endmacro %}
