{% macro feed_contract(source_name, feed) -%}
    {%- for node in graph.sources.values()
        if node.source_name == source_name and node.name == feed -%}
        {%- if node.config.meta.get('feed') -%}
            {{ return(node.config.meta.feed) }}
        {%- endif -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        'source ' ~ source_name ~ '.' ~ feed ~ ' declares no config.meta.feed'
    ) }}
{%- endmacro %}
