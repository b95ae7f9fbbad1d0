{# What ends a materialization, whether or not something was made. #}
{% macro grant_and_hook(relation) -%}
    {%- do apply_grants(relation, config.get('grants'), should_revoke=True) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{%- endmacro %}
