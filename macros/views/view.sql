{# A view is made anew only where something of it would differ: to describe and to create those of
   many steps takes longer than to build most tables. See docs/decisions/0026-views-made-once.md. #}
{% materialization view, adapter='clickhouse' %}
    {%- set target_relation = this.incorporate(type='view') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set found = view_state() -%}
    {% set definition = view_definition(sql, found.upstreams) %}

    {% call statement('main') -%}
        {%- if found.comment == definition and not should_full_refresh() -%}
            select 1
        {%- else -%}
            {{ get_create_view_as_sql(target_relation, sql) }}
            comment '{{ definition }}'
        {%- endif -%}
    {%- endcall %}

    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The comment of the view in the database, and a hash of the columns of what it reads. #}
{% macro view_state() -%}
    {%- set names, places = [], [] -%}
    {%- for node_id in model.depends_on.nodes -%}
        {%- set node = graph.nodes.get(node_id) or graph.sources[node_id] -%}
        {%- set name = node.alias or node.identifier -%}
        {%- do names.append("'" ~ name ~ "'") -%}
        {%- do places.append("('" ~ node.schema ~ "', '" ~ name ~ "')") -%}
    {%- endfor -%}
    {%- set upstreams -%}
        {%- if names -%}
            (
                select toString(sipHash128(groupArray(of)))
                from (
                    select (database, table, position, name, type) as of
                    from system.columns
                    where
                        -- the names by themselves, because the engine looks tables up by nothing else
                        table in ({{ names | unique | sort | join(', ') }})
                        and (database, table) in ({{ places | unique | sort | join(', ') }})
                    order by of
                )
            )
        {%- else -%} '' {%- endif -%}
    {%- endset -%}
    {%- set row = run_query(
        'select ' ~ upstreams ~ " || version() as upstreams, (select any(comment) from system.tables "
        ~ "where database = '" ~ this.schema ~ "' and name = '" ~ this.identifier
        ~ "' and engine = 'View') as comment"
    ).rows[0] -%}
    {{ return({'upstreams': row[0], 'comment': row[1]}) }}
{%- endmacro %}

{# A hash of everything that shapes a view: its SQL and settings, those of the session, which decide
   on the types of its columns, what it promises, and the columns of what it reads. #}
{% macro view_definition(sql, upstreams) -%}
    {%- set columns = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(local_md5(tojson([
        sql, config.get('query_settings'), target.custom_settings, config.get('contract').enforced,
        columns, upstreams,
    ]))) }}
{%- endmacro %}
