{# The states of candles out of prints: what can be merged further, and nothing that cannot. #}
{% macro candles_of_ticks(ticks, seconds) -%}
    select
        market,
        symbol,
        venue,
        {{ candle_start('ts', seconds) }} as opened_at,
        min({{ print_order('ts', 'seq', 'price') }}) as first_print,
        max({{ print_order('ts', 'seq', 'price') }}) as last_print,
        max(price) as high,
        min(price) as low,
        sum({{ wide('quantity') }}) as volume,
        sum(case when aggressor = 'buy' then {{ wide('quantity') }} else 0 end) as buy_volume,
        sum(case when aggressor = 'sell' then {{ wide('quantity') }} else 0 end) as sell_volume,
        sum({{ wide('price') }} * {{ wide('quantity') }}) as exact_quote_volume,
        count(*) as trade_count
    from {{ ticks }}
    group by market, symbol, venue, opened_at
{%- endmacro %}

{# The same states out of finer candles, or out of parts of the same ones. #}
{% macro candles_of_candles(candles, seconds=none) -%}
    {%- set begin = 'c.opened_at' -%}
    {%- set opened_at = begin if seconds is none else candle_start(begin, seconds) -%}
    select
        c.market as market,
        c.symbol as symbol,
        c.venue as venue,
        {{ opened_at }} as opened_at,
        min({{ print_order('c.first_at', 'c.first_seq', 'c.open') }}) as first_print,
        max({{ print_order('c.last_at', 'c.last_seq', 'c.close') }}) as last_print,
        max(c.high) as high,
        min(c.low) as low,
        sum({{ wide('c.volume') }}) as volume,
        sum({{ wide('c.buy_volume') }}) as buy_volume,
        sum({{ wide('c.sell_volume') }}) as sell_volume,
        sum(c.exact_quote_volume) as exact_quote_volume,
        sum(c.trade_count) as trade_count
    from {{ candles }} as c
    group by c.market, c.symbol, c.venue, {{ opened_at }}
{%- endmacro %}

{# The columns of agg_candles_*, out of such states. #}
{% macro candle_columns(states) -%}
    {%- set columns = [] -%}
    {%- for name, expression in candle_expressions().items() -%}
        {%- do columns.append(expression ~ ' as ' ~ name) -%}
    {%- endfor -%}
    select
        {{ columns | join(',\n        ') }}
    from {{ states }} as s
{%- endmacro %}

{# What each of them is, of states named s. #}
{% macro candle_expressions() -%}
    {{ return({
        'symbol_id': "concat(s.market, ':', s.symbol)",
        'market': 's.market',
        'symbol': 's.symbol',
        'venue': 's.venue',
        'open': print_price('s.first_print'),
        'high': 's.high',
        'low': 's.low',
        'close': print_price('s.last_print'),
        'volume': money('s.volume'),
        'buy_volume': money('s.buy_volume'),
        'sell_volume': money('s.sell_volume'),
        'exact_quote_volume': 'toDecimal256(s.exact_quote_volume, 24)',
        'trade_count': 'toUInt64(s.trade_count)',
        'first_seq': print_seq('s.first_print'),
        'last_seq': print_seq('s.last_print'),
        'first_at': print_at('s.first_print'),
        'last_at': print_at('s.last_print'),
        'opened_at': 's.opened_at',
    }) }}
{%- endmacro %}
