{# The computed indicators: column, the first bar that has one (0-based), and what it needs beside
   prices. #}
{% macro indicator_columns() -%}
    {{ return([
        ('sma_20', 19, ''), ('ema_20', 19, ''), ('wma_14', 13, ''), ('rsi_14', 14, ''),
        ('macd_12_26_9', 33, ''), ('macd_signal_12_26_9', 33, ''), ('macd_hist_12_26_9', 33, ''),
        ('bb_upper_20', 19, ''), ('bb_middle_20', 19, ''), ('bb_lower_20', 19, ''),
        ('stdev_14', 13, ''),
        ('atr_14', 14, ''), ('stoch_k_14_3_3', 17, ''), ('stoch_d_14_3_3', 17, ''),
        ('adx_14', 27, ''), ('plus_di_14', 14, ''), ('minus_di_14', 14, ''),
        ('cci_20', 19, ''), ('roc_14', 14, ''),
        ('obv', 0, 'volume'), ('mfi_14', 14, 'volume'), ('vwap_session', 0, 'volume'),
    ]) }}
{%- endmacro %}

{# Half-life, in bars, of an exponential mean: -1 / log2(1 - alpha). The engine takes a literal. #}
{% macro smoothing_half_life(name) -%}
    {{ return({
        'ema_9': '3.1062837195053903', 'ema_12': '4.149238146182112', 'ema_20': '6.92569172322619',
        'ema_26': '9.006468342000597', 'wilder_14': '9.353206684999465',
    }[name]) }}
{%- endmacro %}

{# Smoothing that begins with `seed` at a bar and goes on with `value`: the engine's own exponential
   mean begins with 0 at the first row, so it is fed 0 before the seed, and the seed over alpha. #}
{% macro smoothed(name, alpha, seed_bar, seed, value) -%}
    exponentialMovingAverage({{ smoothing_half_life(name) }})(
        case
            when bar < {{ seed_bar }} then 0.0
            when bar = {{ seed_bar }} then ({{ seed }}) / ({{ alpha }})
            else {{ value }}
        end, bar
    ) over series
{%- endmacro %}

{# The indicators of a row as an array of pairs of name and value. #}
{% macro indicator_pairs() -%}
    {%- set pairs = [] -%}
    {%- for name, first_bar, needs in indicator_columns() -%}
        {%- do pairs.append("('" ~ name ~ "', " ~ name ~ ')') -%}
    {%- endfor -%}
    [{{ pairs | join(', ') }}]
{%- endmacro %}
