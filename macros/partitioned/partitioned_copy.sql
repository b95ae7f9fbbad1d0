{# The table that takes the rows of a build and then the place of the live one: all that is live but
   the touched rows. Its comment is the state of the build, which counts for nothing under this
   name. It is the table that the last build replaced, brought level, so that it costs by what
   changed; a clone costs by partitions. #}
{% macro partitioned_copy(original, touched, state) -%}
    {%- set differing = partitioned_differing(original, state) -%}
    {%- if differing is none -%}
        {%- set work = work_relation() -%}
        {%- do run_query(
            'create table ' ~ work ~ on_cluster_clause(work) ~ ' clone as ' ~ original
            ~ " comment '" ~ state ~ "'"
        ) -%}
    {%- else -%}
        {%- set work = relation_beside() -%}
        {# a statement of its own: with others in it, a cluster would run it on one replica #}
        {%- do set_comment(work, state) -%}
    {%- endif -%}
    {%- set unit = config.get('rebuilt_by') -%}
    {%- set emptied = partitions_of_units(original, unit, touched) if unit else touched -%}
    {%- set changes = [] -%}
    {%- for partition in emptied -%}
        {%- do changes.append('drop partition ' ~ partition) -%}
    {%- endfor -%}
    {%- for partition, is_live in (differing or {}).items() if partition not in emptied -%}
        {%- do changes.append(
            'replace partition ' ~ partition ~ ' from ' ~ original if is_live
            else 'drop partition ' ~ partition
        ) -%}
    {%- endfor -%}
    {%- if changes -%}
        {%- do run_query(
            'alter table ' ~ work ~ on_cluster_clause(work) ~ ' ' ~ changes | join(', ')
        ) -%}
    {%- endif -%}
    {%- if unit and emptied -%}
        {%- do run_query(
            'insert into ' ~ work ~ ' select * from ' ~ original ~ ' where '
            ~ config.get('partition_by') ~ ' in (' ~ emptied | join(', ') ~ ') and '
            ~ unit ~ ' not in (' ~ touched | join(', ') ~ ')'
        ) -%}
    {%- endif -%}
    {{ return(work) }}
{%- endmacro %}

{# The partitions in which the table that the last build replaced differs from the live one, and of
   each whether it is live; none where there is no such table, or it is of another generation, whose
   keys and codecs may be others, or somebody changed its columns. #}
{% macro partitioned_differing(original, state) -%}
    {%- if state_of(relation_beside()).split(':')[0] != state.split(':')[0] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set partitions = {} -%}
    {%- for row in asked_once(differing_partitions())
        if row[0] == original.schema and row[1] == original.identifier -%}
        {%- if row[2] < 0 -%}
            {{ return(none) }}
        {%- endif -%}
        {%- do partitions.update({row[2] | int: row[3] > 0}) -%}
    {%- endfor -%}
    {{ return(partitions) }}
{%- endmacro %}

{# Of all models at once, since no model changes the tables of another. Files are compared by their
   hashes, so that it does not matter how two tables came to differ. -1 stands for the columns. #}
{% macro differing_partitions() -%}
    {%- set tables = [] -%}
    {%- for place in run_states().comments if '._work_' in place -%}
        {%- set schema, name = place.split('._work_', 1) -%}
        {%- do tables.append({'schema': schema, 'identifier': name}) -%}
        {%- do tables.append({'schema': schema, 'identifier': '_work_' ~ name}) -%}
    {%- endfor -%}
    {%- set both = is_one_of(tables, 'table') -%}
    {%- set model = "replaceRegexpOne(table, '^_work_', '') as model" -%}
    {{ return(
        'select database, model, toInt64(partition) as partition, countIf(table = model) as live '
        ~ 'from (select database, table, ' ~ model ~ ', partition, '
        ~ '(count(), sum(cityHash64(hash_of_all_files))) as files from system.parts '
        ~ 'where active and rows > 0 and ' ~ both ~ ' group by database, table, partition) '
        ~ 'group by database, model, partition having count() < 2 or uniqExact(files) > 1 '
        ~ 'union all select database, model, -1, 0 from '
        ~ '(select database, ' ~ model ~ ', groupArray((name, type)) as columns from '
        ~ '(select * from system.columns where ' ~ both ~ ' order by position) '
        ~ 'group by database, table) group by database, model having uniqExact(columns) > 1'
    ) }}
{%- endmacro %}

{# The partitions that hold rows of these units of `rebuilt_by`. #}
{% macro partitions_of_units(relation, unit, units) -%}
    {%- set partitions = [] -%}
    {%- for row in run_query(
        'select distinct toUInt32(' ~ config.get('partition_by') ~ ') from ' ~ relation
        ~ ' where ' ~ unit ~ ' in (' ~ units | join(', ') ~ ')'
    ).rows -%}
        {%- do partitions.append(row[0] | int) -%}
    {%- endfor -%}
    {{ return(partitions) }}
{%- endmacro %}
