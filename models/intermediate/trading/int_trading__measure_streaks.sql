{%- set group = 'account_id, strategy, "window"' %}

with parts as (
    select * from {{ ref('int_trading__list_trade_parts') }}
),

-- a run goes on in the next part, up to the end of its own where that has nothing else
broken as (
    select
        {% for hits in ['wins', 'losses'] %}
            cast(sum(case when {{ hits }} < trades then 1 else 0 end) over (
                partition by {{ group }} order by month
                rows between unbounded preceding and current row
            ) as bigint) as breaks_of_{{ hits }},
        {% endfor %}
        parts.*
    from parts
),

runs as (
    {% for hits in ['wins', 'losses'] %}
        select
            {{ group }},
            '{{ hits }}' as hits,
            breaks_of_{{ hits }} as breaks,
            last_{{ hits }} as length,
            longest_{{ hits }} as longest
        from broken
        union all
        select
            {{ group }},
            '{{ hits }}' as hits,
            breaks_of_{{ hits }} - 1 as breaks,
            first_{{ hits }} as length,
            longest_{{ hits }} as longest
        from broken
        where {{ hits }} < trades
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

joined_runs as (
    select
        {{ group }},
        hits,
        greatest(sum(length), max(longest)) as length
    from runs
    group by {{ group }}, hits, breaks
),

final as (
    select
        {{ group }},
        max(case when hits = 'wins' then length else 0 end) as max_win_streak,
        max(case when hits = 'losses' then length else 0 end) as max_loss_streak
    from joined_runs
    group by {{ group }}
)

select * from final
