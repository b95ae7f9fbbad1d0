-- A row: an indicator of the seed that the models do not compute from that bar on, or one that they
-- compute and the seed does not name. The seed and the macro indicator_columns have parted.
with computed as (
    select arrayJoin([
        {%- for name, first_bar, needs in indicator_columns() %}
            ('{{ name }}', {{ first_bar }}){% if not loop.last %},{% endif %}
        {%- endfor %}
    ]) as pair
),

compared as (
    select
        column_name,
        toInt64(first_bar) as first_bar,
        1 as side
    from {{ ref('indicator_parameters') }}
    union all
    select
        tupleElement(pair, 1) as column_name,
        toInt64(tupleElement(pair, 2)) as first_bar,
        -1 as side
    from computed
)

select
    column_name,
    first_bar,
    sum(side) as surplus
from compared
group by column_name, first_bar
having sum(side) <> 0
