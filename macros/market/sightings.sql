{# Where symbols and venues of the market occur: a model, the feed it stands for, the columns of the
   first and the last time, and whether it names a venue. #}
{% macro sightings() -%}
    {{ return(adapter.dispatch('sightings', 'tradehouse')()) }}
{%- endmacro %}

{# The market models that are built everywhere. #}
{% macro default__sightings() -%}
    {{ return([{
        'model': 'fct_price_snapshots', 'feed': 'prices', 'from': 'snapshot_at', 'to': 'snapshot_at',
        'names_venue': true,
    }]) }}
{%- endmacro %}

{% macro clickhouse__sightings() -%}
    {{ return(default__sightings() + [
        {'model': 'fct_indicator_values', 'feed': 'indicators', 'from': 'ts', 'to': 'ts',
         'names_venue': false},
        {'model': 'agg_candles_1d', 'feed': 'candles', 'from': 'first_at', 'to': 'last_at',
         'names_venue': true},
        {'model': 'fct_candles', 'feed': 'candles', 'from': 'opened_at', 'to': 'opened_at',
         'names_venue': true},
        {'model': 'agg_book_1m', 'feed': 'quotes', 'from': 'opened_at', 'to': 'opened_at',
         'names_venue': true},
        {'model': 'agg_book_depth_1m', 'feed': 'quotes', 'from': 'opened_at', 'to': 'opened_at',
         'names_venue': true},
    ]) }}
{%- endmacro %}
