{# A hash of everything that shapes the rows: the SQL of the model and of the views that it reads,
   its columns and keys. #}
{% macro partitioned_definition(sql) -%}
    {{ return(local_md5(tojson([
        logic_of_relation(sql), promised_columns(), config.get('partition_by'), config.get('rebuilt_by'),
        config.get('order_by'), config.get('engine', ''), config.get('changes'),
    ]))) }}
{%- endmacro %}

{% macro partitioned_needs_full_build(before, now, definition) -%}
    {%- if should_full_refresh() or before.generation is none or before.definition != definition -%}
        {{ return(true) }}
    {%- endif -%}
    {%- for name, upstream in now.items() if upstream.kind != 'inherited' -%}
        {%- set known = before.upstreams.get(name) -%}
        {%- if known is none or known.high > upstream.high -%}
            {{ return(true) }}
        {%- endif -%}
        {%- set generation = partitioned_batch(name, known.high)
            if upstream.kind == 'feed' and known.high < upstream.high else upstream.generation -%}
        {%- if known.generation != generation -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{% macro partitioned_moved(before, now) -%}
    {%- for name, upstream in now.items() -%}
        {%- if before.upstreams.get(name, {}).get('high') != upstream.high -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
