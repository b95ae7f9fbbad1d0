{# The record of what the table will hold. It counts for nothing until the comment that points to
   it, `generation:build`, is on the live table. #}
{% macro partitioned_record(generation, build, definition, now, touched) -%}
    {%- set values, records = [], [] -%}
    {%- for name, upstream in now.items() -%}
        {%- do values.append(
            "('" ~ this.identifier ~ "', '" ~ generation ~ "', " ~ build ~ ", '" ~ definition
            ~ "', '" ~ name ~ "', '" ~ upstream.generation ~ "', " ~ upstream.high
            ~ ", now64(6, 'UTC'))"
        ) -%}
        {%- do records.append({
            'definition': definition, 'generation': generation, 'build': build, 'upstream': name,
            'upstream_generation': upstream.generation, 'high': upstream.high,
        }) -%}
    {%- endfor -%}
    {%- if touched -%}
        {%- set changes = [] -%}
        {%- for partition in touched -%}
            {%- do changes.append(
                "('" ~ this.identifier ~ "', '" ~ generation ~ "', " ~ build ~ ', ' ~ partition
                ~ ", now64(6, 'UTC'))"
            ) -%}
        {%- endfor -%}
        {%- do run_query(
            'insert into ' ~ model_changes_relation() ~ ' values ' ~ changes | join(', ')
        ) -%}
    {%- endif -%}
    {%- do run_query('insert into ' ~ model_state_relation() ~ ' values ' ~ values | join(', ')) -%}
    {%- do run_states().records.update({this.identifier: records}) -%}
    {%- do note_state(generation ~ ':' ~ build) -%}
{%- endmacro %}
