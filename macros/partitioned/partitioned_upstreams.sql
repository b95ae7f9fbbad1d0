{# Where the upstreams that the model declares under `changes` stand: feeds by their last done batch
   at the start of the run, partitioned models by the record their table names, small relations by a
   hash of their content. A model brings what it rests on with it. #}
{% macro partitioned_upstreams() -%}
    {%- set now = {} -%}
    {%- for change in config.require('changes') -%}
        {%- if change.feed is defined -%}
            {%- set feed = run_states().feeds.get(change.feed, {'generation': '', 'high': 0}) -%}
            {%- do now.update({change.feed: {
                'kind': 'feed', 'generation': feed.generation, 'high': feed.high
            }}) -%}
        {%- elif change.content is defined -%}
            {%- do now.update({change.content: {
                'kind': 'content',
                'generation': asked_once(
                    'select ' ~ hash_of_rows() ~ ' || version() from ' ~ ref(change.content)
                )[0][0],
                'high': 0,
            }}) -%}
        {%- else -%}
            {%- set records = run_states().records.get(change.model) -%}
            {%- if not records -%}
                {{ exceptions.raise_compiler_error(
                    this.identifier ~ ' rests on ' ~ change.model
                    ~ ', which is no partitioned model or was not built; build it first'
                ) }}
            {%- endif -%}
            {%- do now.update({change.model: {
                'kind': 'model', 'generation': records[0].generation, 'high': records[0].build
            }}) -%}
            {%- for record in records if record.upstream not in now -%}
                {%- do now.update({record.upstream: {
                    'kind': 'inherited', 'generation': record.upstream_generation,
                    'high': record.high,
                }}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{%- endmacro %}

{# The generation of an earlier batch of a feed, as start_run has that of the last one; empty for no
   batch at all. #}
{% macro partitioned_batch(feed, number) -%}
    {{ return(asked_once(
        'select max(' ~ batch_generation() ~ ') from ' ~ target.schema ~ "_raw._batches where feed = '"
        ~ feed ~ "' and batch_seq = " ~ number
    )[0][0] or '') }}
{%- endmacro %}
