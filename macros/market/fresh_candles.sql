{# The candles of an interval, current to the last landed batch: what was built, and the prints that
   landed since, aggregated at reading. Prints are never taken back, so the two parts merge. #}
{% macro fresh_candles(model, seconds) -%}
    {{ return(merged_candles('(' ~ fresh_parts(ref(model), model, seconds) ~ ')')) }}
{%- endmacro %}
