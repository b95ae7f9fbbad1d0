{# What sorts the quotes of a symbol on a venue, as a list: time, sequence number, then prices and
   sizes, the higher one later and an absent one first. They decide between quotes of one instant and
   number, so that the order of files does not show. Real prices and sizes are not negative. #}
{% macro quote_order(quote='') -%}
    {%- set order = [quote ~ 'ts', quote ~ 'seq'] -%}
    {%- for name in ['bid_price', 'ask_price', 'bid_size', 'ask_size'] -%}
        {%- do order.append('coalesce(' ~ quote ~ name ~ ', -1)') -%}
    {%- endfor -%}
    {{ return(order) }}
{%- endmacro %}
