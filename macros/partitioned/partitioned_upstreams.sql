{# Where the upstreams that the model declares under `changes` stand: feeds by their last done batch
   at the start of the run, partitioned models by the record their table names. A model brings the
   feeds it rests on with it. #}
{% macro partitioned_upstreams() -%}
    {%- set now = {} -%}
    {%- for change in config.require('changes') -%}
        {%- if change.feed is defined -%}
            {%- set high = run_query(
                'select max(high) from ' ~ run_batches_relation() ~ " where run = '" ~ invocation_id
                ~ "' and feed = '" ~ change.feed ~ "'"
            ).rows[0][0] -%}
            {%- do now.update({
                change.feed: {'generation': '', 'high': (high or 0) | int, 'declared': true}
            }) -%}
        {%- else -%}
            {%- set rows = partitioned_record_of(change.model) -%}
            {%- if not rows -%}
                {{ exceptions.raise_compiler_error(
                    this.identifier ~ ' rests on ' ~ change.model
                    ~ ', which is no partitioned model or was not built; build it first'
                ) }}
            {%- endif -%}
            {%- do now.update({
                change.model: {'generation': rows[0][0], 'high': rows[0][1] | int, 'declared': true}
            }) -%}
            {%- for row in rows -%}
                {%- if row[3] not in now and not row[4] -%}
                    {%- do now.update({
                        row[3]: {'generation': '', 'high': row[5] | int, 'declared': false}
                    }) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{%- endmacro %}
