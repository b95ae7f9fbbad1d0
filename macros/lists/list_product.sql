{% macro list_product(lists, expression) -%}
    {{ return(adapter.dispatch('list_product', 'tradehouse')(lists, expression)) }}
{%- endmacro %}

{# A sum of logarithms, which stops where a double would: there the exponential is an error. #}
{% macro default__list_product(lists, expression) -%}
    (
        select
            case when count(*) filter (where ({{ expression }}) = 0) > 0 then 0
            else exp(greatest(-708, least(709, sum(ln(abs(nullif({{ expression }}, 0)))))))
                * (1 - 2 * mod(count(*) filter (where ({{ expression }}) < 0), 2)) end
        from unnest({{ lists.values() | join(', ') }}) as element ({{ lists.keys() | join(', ') }})
    )
{%- endmacro %}

{% macro clickhouse__list_product(lists, expression) -%}
    arrayProduct(({{ lists.keys() | join(', ') }}) -> {{ expression }}, {{ lists.values() | join(', ') }})
{%- endmacro %}
