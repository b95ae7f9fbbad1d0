{# A hash of everything that shapes the rows: the model's SQL, its columns and keys, and the views
   it reads, as the database holds them. #}
{% macro partitioned_definition(sql) -%}
    {%- set views = [] -%}
    {%- do partitioned_collect_views(model.depends_on.nodes, views) -%}
    {%- set bodies = [] -%}
    {%- if views -%}
        {# the names by themselves, because the engine looks tables up by nothing else #}
        {%- set rows = run_query(
            'select database, name, as_select from system.tables where name in ('
            ~ views | map('last') | unique | sort | join(', ') ~ ') and (database, name) in (('
            ~ views | map('join', ', ') | sort | join('), (') ~ ')) order by database, name'
        ).rows -%}
        {%- for row in rows -%}{%- do bodies.append(row[2]) -%}{%- endfor -%}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(local_md5(tojson([
        sql, bodies, columns, config.get('partition_by'), config.get('rebuilt_by'),
        config.get('order_by'), config.get('engine', ''), config.get('changes'),
    ]))) }}
{%- endmacro %}

{% macro partitioned_collect_views(node_ids, views) -%}
    {%- for node_id in node_ids -%}
        {%- set node = graph.nodes.get(node_id) -%}
        {%- if node and node.config.materialized in ('view', 'ephemeral') -%}
            {%- do views.append(["'" ~ node.schema ~ "'", "'" ~ node.alias ~ "'"]) -%}
            {%- do partitioned_collect_views(node.depends_on.nodes, views) -%}
        {%- endif -%}
    {%- endfor -%}
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
            if upstream.kind == 'feed' else upstream.generation -%}
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
