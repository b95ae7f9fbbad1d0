{# The hashes that tell whether a relation is what it would be if it were made anew. A view and a
   table keep two of them in their comment, as `shape:logic` and `shape:content`; a partitioned table
   names its record there, `generation:build`. #}

{# Of everything that shapes it: its SQL and configuration, the settings of the session, which
   decide on the types of its columns, the engine's version, what it promises, and the shapes of
   what it reads. #}
{% macro shape_of_relation(sql) -%}
    {%- set upstream, unknown = [], [] -%}
    {%- for node in upstream_nodes(model.depends_on.nodes, ['ephemeral']) -%}
        {%- if node.config.materialized in ('view', 'table', 'partitioned') -%}
            {%- do upstream.append([node.name, state_of(node).split(':')[0]]) -%}
        {%- elif node.resource_type == 'source' -%}
            {%- do upstream.append(
                [node.name, run_states().columns.get(node.schema ~ '.' ~ node.identifier)]
            ) -%}
        {%- else -%} {%- do unknown.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {# what this run may have changed without a note #}
    {%- if unknown -%}
        {%- do upstream.append(run_query(
            'select ' ~ hash_of_columns() ~ ' from system.columns where '
            ~ is_one_of(unknown, 'table')
        ).rows[0][0]) -%}
    {%- endif -%}
    {{ return(local_md5(tojson([
        sql, model.config, promised_columns(), target.custom_settings, run_states().version,
        upstream,
    ], sort_keys=True))) }}
{%- endmacro %}

{# Of the SQL alone, its own and that of the views that it reads. #}
{% macro logic_of_relation(sql) -%}
    {%- set upstream = [] -%}
    {%- for node in upstream_nodes(model.depends_on.nodes, ['ephemeral']) -%}
        {%- if node.config.materialized == 'view' -%}
            {%- do upstream.append([node.name, state_of(node).split(':')[1:]]) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(local_md5(tojson([sql, upstream]))) }}
{%- endmacro %}

{# Of the rows of all that it reads, also by way of views: feeds stand at their last done batch at
   the start of the run; seeds and snapshots are small, and all of them is read. Of anything else
   nothing is known, so that it is never the same. #}
{% macro content_of_relation() -%}
    {%- set content, small = [], [] -%}
    {%- for node in upstream_nodes(model.depends_on.nodes, ['ephemeral', 'view']) -%}
        {%- if node.config.materialized in ('table', 'partitioned') -%}
            {%- do content.append([node.name, state_of(node)]) -%}
        {%- elif node.resource_type in ('seed', 'snapshot') -%}
            {%- do small.append(
                "select '" ~ node.name ~ "' as name, "
                ~ hash_of_rows() ~ ' as state from ' ~ node.schema ~ '.' ~ node.alias
            ) -%}
        {%- elif node.config.meta.feed is defined -%}
            {%- do content.append([node.name, run_states().feeds.get(node.name)]) -%}
        {%- elif node.name != '_batches' -%}
            {%- do content.append([node.name, invocation_id]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if small -%}
        {%- for row in asked_once(small | sort | join(' union all ')) -%}
            {%- do content.append([row[0], row[1]]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(local_md5(tojson(content | sort))) }}
{%- endmacro %}

{# The nodes that are read, each once; of the materializations `through`, the nodes they read. #}
{% macro upstream_nodes(node_ids, through) -%}
    {%- set nodes = {} -%}
    {%- for node_id in node_ids -%}
        {%- set node = graph.nodes.get(node_id) or graph.sources[node_id] -%}
        {%- set found = upstream_nodes(node.depends_on.nodes, through)
            if node.config.materialized in through else [node] -%}
        {%- for one in found -%}
            {%- do nodes.update({one.unique_id: one}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(nodes.values() | sort(attribute='unique_id')) }}
{%- endmacro %}
