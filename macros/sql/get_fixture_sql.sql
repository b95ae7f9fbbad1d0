{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
    {{ return(adapter.dispatch('get_fixture_sql', 'tradehouse')(rows, column_name_to_data_types)) }}
{%- endmacro %}

{% macro default__get_fixture_sql(rows, column_name_to_data_types) -%}
    {{ dbt.get_fixture_sql(rows, column_name_to_data_types) }}
{%- endmacro %}

{# One table of the given columns: dbt's union of a select for each row, with a cast for each column
that a fixture leaves out, takes the engine longer to analyse than the model under test. #}
{% macro clickhouse__get_fixture_sql(rows, column_name_to_data_types) -%}
    {%- if not rows -%}
        {{ return(dbt.get_fixture_sql(rows, column_name_to_data_types)) }}
    {%- endif -%}
    {%- set relation = this if load_relation(this) or not defer_relation else defer_relation -%}
    {%- set types = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- if not types -%}
        {{ exceptions.raise_compiler_error(relation ~ " does not exist; build it first") }}
    {%- endif -%}

    {%- set formatted = [] -%}
    {%- set given = {} -%}
    {%- for row in rows -%}
        {%- do formatted.append(dbt.format_row(row, types)) -%}
        {%- do given.update(formatted[-1]) -%}
    {%- endfor -%}
    {%- set structure = [] -%}
    {%- for name in given -%}
        {%- do structure.append('`' ~ name ~ '` ' ~ types[name] | replace("'", "\\'")) -%}
    {%- endfor -%}
    {%- set tuples = [] -%}
    {%- for row in formatted -%}
        {%- set values = [] -%}
        {%- for name in given -%}
            {%- do values.append(row.get(name, dbt.safe_cast('null', types[name]))) -%}
        {%- endfor -%}
        {%- do tuples.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for name, type in types.items() -%}
        {%- set value = '' if name in given else dbt.safe_cast('null', type) ~ ' as ' -%}
        {%- do columns.append(value ~ '`' ~ name ~ '`') -%}
    {%- endfor -%}

    select {{ columns | join(', ') }} from values('{{ structure | join(', ') }}', {{ tuples | join(', ') }})
{%- endmacro %}
