{# The undefined_metrics of a row: for every metric that is NULL, `metric=reason;` with the first
   reason whose condition holds. `metrics` maps a column to pairs of reason and condition. A NULL
   that none explains is `unexplained`, which the test nulls_have_reasons finds. #}
{% macro reasons(metrics) -%}
    {%- set texts = [] -%}
    {%- for metric, pairs in metrics.items() -%}
        {%- set whens = ["when " ~ metric ~ " is not null then ''"] -%}
        {%- for reason, condition in pairs -%}
            {%- do whens.append("when " ~ condition ~ " then '" ~ metric ~ "=" ~ reason ~ ";'") -%}
        {%- endfor -%}
        {%- do texts.append(
            "case " ~ whens | join(" ") ~ " else '" ~ metric ~ "=unexplained;' end"
        ) -%}
    {%- endfor -%}
    {{ "concat(" ~ texts | join(",\n    ") ~ ")" }}
{%- endmacro %}
