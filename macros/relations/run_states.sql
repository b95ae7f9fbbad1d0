{# What the database holds as this run finds it, in one query, and as its models change it: what
   each relation says of itself in its comment, the columns of the sources, where the feeds stand,
   and the records of the partitioned models. To ask for each model anew took a third of a build in
   which nothing changed. #}
{% macro run_states() -%}
    {%- set known = graph.get('tradehouse_states', {}) -%}
    {%- if known.get('run') != invocation_id -%}
        {%- do graph.update({'tradehouse_states': read_states()}) -%}
    {%- endif -%}
    {{ return(graph.tradehouse_states) }}
{%- endmacro %}

{% macro read_states() -%}
    {%- set schemas = "'" ~ target.schema ~ "', '" ~ target.schema ~ "_staging'" -%}
    {%- set found = run_query(
        "select 'version' as kind, '' as name, version() as state, '' as generation, "
        ~ "toUInt64(0) as build, '' as upstream, '' as upstream_generation, toUInt64(0) as high "
        ~ "union all select 'comment', concat(database, '.', name), comment, '', 0, '', '', 0 "
        ~ 'from system.tables where database in (' ~ schemas ~ ') '
        ~ "union all select 'columns', concat(database, '.', table), "
        ~ hash_of_columns() ~ ", '', 0, '', '', 0 from system.columns where "
        ~ is_one_of(graph.sources.values() | list, 'table') ~ ' group by database, table '
        ~ "union all select 'feed', feed, '', generation, 0, '', '', high from "
        ~ run_batches_relation() ~ " where run = '" ~ invocation_id ~ "' "
        ~ "union all select 'record', model, definition, generation, build, upstream, "
        ~ 'upstream_generation, high from ' ~ model_state_relation()
        ~ ' where (model, build, generation) in (select name, '
        ~ "toUInt64OrZero(splitByChar(':', comment)[2]), splitByChar(':', comment)[1] "
        ~ 'from system.tables where database in (' ~ schemas ~ '))'
        ~ " union all select 'build', model, '', '', max(build), '', '', 0 from "
        ~ model_state_relation() ~ ' group by model'
    ) -%}
    {%- set states = {
        'run': invocation_id, 'version': '', 'comments': {}, 'columns': {}, 'feeds': {},
        'records': {}, 'builds': {}, 'answers': {}, 'no_rows': found.limit(0),
    } -%}
    {%- for row in found.rows -%}
        {%- set kind, name = row[0], row[1] -%}
        {%- if kind == 'comment' -%} {%- do states.comments.update({name: row[2]}) -%}
        {%- elif kind == 'columns' -%} {%- do states.columns.update({name: row[2]}) -%}
        {%- elif kind == 'feed' -%}
            {%- do states.feeds.update({name: {'generation': row[3], 'high': row[7] | int}}) -%}
        {%- elif kind == 'build' -%} {%- do states.builds.update({name: row[4] | int}) -%}
        {%- elif kind == 'record' -%}
            {%- do states.records.setdefault(name, []).append({
                'definition': row[2], 'generation': row[3], 'build': row[4] | int,
                'upstream': row[5], 'upstream_generation': row[6], 'high': row[7] | int,
            }) -%}
        {%- else -%} {%- do states.update({'version': row[2]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(states) }}
{%- endmacro %}

{# The state of a relation or node; an empty text where it says none. #}
{% macro state_of(node) -%}
    {{ return(run_states().comments.get(node.schema ~ '.' ~ (node.alias or node.identifier), '')) }}
{%- endmacro %}

{# The rows of a query whose answer no model of this run changes any more, asked once. #}
{% macro asked_once(query) -%}
    {%- set answers = run_states().answers -%}
    {%- if query not in answers -%}
        {%- do answers.update({query: run_query(query).rows}) -%}
    {%- endif -%}
    {{ return(answers[query]) }}
{%- endmacro %}

{# This model's relation has another state now. #}
{% macro note_state(state) -%}
    {%- do run_states().comments.update({this.schema ~ '.' ~ this.identifier: state}) -%}
{%- endmacro %}

{# Condition of the engine's own tables: the row is of one of these relations. #}
{% macro is_one_of(nodes, name_column) -%}
    {%- set names, places = [], [] -%}
    {%- for node in nodes -%}
        {%- set name = node.alias or node.identifier -%}
        {%- do names.append("'" ~ name ~ "'") -%}
        {%- do places.append("('" ~ node.schema ~ "', '" ~ name ~ "')") -%}
    {%- endfor -%}
    {# the names by themselves, because the engine looks tables up by nothing else #}
    {{ return(
        name_column ~ ' in (' ~ names | unique | sort | join(', ') ~ ') and (database, '
        ~ name_column ~ ') in (' ~ places | unique | sort | join(', ') ~ ')'
    ) }}
{%- endmacro %}
