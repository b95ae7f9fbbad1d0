{# The partitions that held an old or a new image of a change since the last build: too many would
   be slow, too few wrong. #}
{% macro partitioned_touched(before, now) -%}
    {%- set queries = [] -%}
    {%- for change in config.require('changes') if change.content is not defined -%}
        {%- set name = change.feed if change.feed is defined else change.model -%}
        {%- set low = before.upstreams[name].high -%}
        {%- set high = now[name].high -%}
        {%- if low < high -%}
            {%- if change.model is defined -%}
                {%- set partitions = change.get('partitions', ['changed']) -%}
                {%- do queries.append(
                    'select arrayJoin([' ~ partitions | join(', ') ~ ']) as touched from (select '
                    ~ 'touched as changed from ' ~ model_changes_relation() ~ " where model = '"
                    ~ name ~ "' and build > " ~ low ~ ' and build <= ' ~ high ~ ')'
                ) -%}
            {%- else -%}
                {%- set log = target.schema ~ '_raw.' ~ name -%}
                {%- set changed = '_batch_seq > ' ~ low ~ ' and _batch_seq <= ' ~ high -%}
                {%- set partitions = 'arrayJoin([' ~ change.partitions | join(', ') ~ '])' -%}
                {%- if change.through is defined -%}
                    {%- do queries.append(
                        'select ' ~ partitions ~ ' as touched from ' ~ this ~ ' where '
                        ~ change.through ~ ' in (select ' ~ change.through ~ ' from ' ~ log
                        ~ ' where ' ~ changed ~ ')'
                    ) -%}
                {%- else -%}
                    {%- do queries.append(
                        'select ' ~ partitions ~ ' as touched from ' ~ log ~ ' where ' ~ changed
                    ) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set touched = [] -%}
    {%- if queries -%}
        {%- for row in asked_once(
            'select distinct toUInt32(touched) as partition from ('
            ~ queries | join(' union all ') ~ ') order by partition'
        ) -%}
            {%- do touched.append(row[0] | int) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(touched) }}
{%- endmacro %}

{# The model's SQL for these partitions alone: its placeholders become literal conditions. #}
{% macro partitioned_substitute(sql, touched) -%}
    {%- set spans = [] -%}
    {%- for partition in touched -%}
        {%- set year, month = partition // 100, partition % 100 -%}
        {%- set next_year, next_month = (year + 1, 1) if month == 12 else (year, month + 1) -%}
        {%- do spans.append(
            "(\\3 >= toDateTime64('%04d-%02d-01 00:00:00', 6, 'UTC') - interval \\1 hour"
            % (year, month)
            ~ " and \\3 < toDateTime64('%04d-%02d-01 00:00:00', 6, 'UTC') + interval \\2 hour)"
            % (next_year, next_month)
        ) -%}
    {%- endfor -%}
    {%- set sql = modules.re.sub(
        '/\\* touched \\*/ (.+?) >= 0 /\\* end \\*/', '\\1 in (' ~ touched | join(', ') ~ ')', sql
    ) -%}
    {{ return(modules.re.sub(
        '/\\* touched -(\\d+)h \\+(\\d+)h \\*/ (.+?) is not null /\\* end \\*/',
        '(' ~ spans | join(' or ') ~ ')',
        sql
    )) }}
{%- endmacro %}
