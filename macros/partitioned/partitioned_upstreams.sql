{# Where the upstreams that the model declares under `changes` stand: feeds by their last done batch
   at the start of the run, partitioned models by the record their table names, small relations by a
   hash of their content. A model brings what it rests on with it. #}
{% macro partitioned_upstreams() -%}
    {%- set now = {} -%}
    {%- for change in config.require('changes') -%}
        {%- if change.feed is defined -%}
            {%- set high = run_query(
                'select max(high) from ' ~ run_batches_relation() ~ " where run = '" ~ invocation_id
                ~ "' and feed = '" ~ change.feed ~ "'"
            ).rows[0][0] -%}
            {%- do now.update({change.feed: {
                'kind': 'feed',
                'generation': partitioned_batch(change.feed, (high or 0) | int),
                'high': (high or 0) | int,
            }}) -%}
        {%- elif change.content is defined -%}
            {%- do now.update({change.content: {
                'kind': 'content',
                'generation': run_query(
                    'select toString(sum(sipHash64(tuple(*)))) || version() from '
                    ~ ref(change.content)
                ).rows[0][0],
                'high': 0,
            }}) -%}
        {%- else -%}
            {%- set rows = partitioned_record_of(change.model) -%}
            {%- if not rows -%}
                {{ exceptions.raise_compiler_error(
                    this.identifier ~ ' rests on ' ~ change.model
                    ~ ', which is no partitioned model or was not built; build it first'
                ) }}
            {%- endif -%}
            {%- do now.update({change.model: {
                'kind': 'model', 'generation': rows[0][0], 'high': rows[0][1] | int
            }}) -%}
            {%- for row in rows if row[3] not in now -%}
                {%- do now.update({row[3]: {
                    'kind': 'inherited', 'generation': row[4], 'high': row[5] | int
                }}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{%- endmacro %}

{# What tells a batch from another of its number: a raw database that was restored, or loaded anew,
   counts its batches again. #}
{% macro partitioned_batch(feed, number) -%}
    {{ return(run_query(
        "select concat('batch ', toString(max(cityHash64(fingerprint, started_at)))) from "
        ~ target.schema ~ "_raw._batches where feed = '" ~ feed ~ "' and batch_seq = " ~ number
    ).rows[0][0]) }}
{%- endmacro %}
