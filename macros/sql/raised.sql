{% macro raised(base, exponent) -%}
    {{ return(adapter.dispatch('raised', 'tradehouse')(base, exponent)) }}
{%- endmacro %}

{# Where the result is no double, the function is an error and not an infinity or 0. #}
{% macro default__raised(base, exponent) -%}
    case
        when {{ base }} <= 0 then pow({{ base }}, {{ exponent }})
        when {{ exponent }} * ln(abs(nullif({{ base }}, 0))) > 709.7 then {{ num("'inf'") }}
        when {{ exponent }} * ln(abs(nullif({{ base }}, 0))) < -708 then 0
        else pow({{ base }}, {{ exponent }})
    end
{%- endmacro %}

{% macro clickhouse__raised(base, exponent) -%}
    pow({{ base }}, {{ exponent }})
{%- endmacro %}
