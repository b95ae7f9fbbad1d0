{%- set counts = ['trades', 'wins', 'losses', 'break_evens'] %}
{%- set amounts = ['gross_profit', 'gross_loss', 'net_pnl', 'fees', 'funding', 'notional'] %}
{%- set holdings = ['sum_holding_s', 'sum_holding_win_s', 'sum_holding_loss_s'] %}

with parts as (
    select * from {{ ref('int_trading__list_trade_parts') }}
),

summed as (
    select
        p.account_id as account_id,
        p.strategy as strategy,
        p."window" as "window",
        {%- for column in counts + holdings %}
            sum(p.{{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in amounts %}
            {{ money('sum(' ~ wide('p.' ~ column) ~ ')') }} as {{ column }},
        {%- endfor %}
        {%- for hits in ['wins', 'losses'] %}
            max(p.longest_{{ hits }}) as longest_{{ hits }},
            {{ list_agg('p.first_' ~ hits, ['p.month']) }} as firsts_of_{{ hits }},
            {{ list_agg('p.last_' ~ hits, ['p.month']) }} as lasts_of_{{ hits }},
            {{ list_agg('p.trades - p.' ~ hits, ['p.month']) }} as misses_of_{{ hits }},
        {%- endfor %}
        max(p.largest_win) as largest_win,
        min(p.largest_loss) as largest_loss,
        {{ quantile_of_lists('p.holding_times', 0.5) }} as median_holding_s,
        sum(p.n_r) as n_r,
        max(p.best_r) as best_r,
        min(p.worst_r) as worst_r,
        {{ list_agg('p.n_r', ['p.month']) }} as counts_r,
        {{ list_agg('p.mean_r', ['p.month']) }} as means_r,
        {{ list_agg('p.sum_squares_r', ['p.month']) }} as sums_squares_r
    from parts as p
    group by p.account_id, p.strategy, p."window"
),

averaged as (
    select
        summed.*,
        {%- for hits in ['wins', 'losses'] %}
            {{ longest_joined_run(
                'firsts_of_' ~ hits, 'lasts_of_' ~ hits, 'misses_of_' ~ hits
            ) }} as joined_{{ hits }},
        {%- endfor %}
        {{ list_sum({'n': 'counts_r', 'm': 'means_r'}, 'n * m') }} / greatest(n_r, 1) as mean_r
    from summed
),

final as (
    select
        averaged.*,
        greatest(longest_wins, joined_wins) as max_win_streak,
        greatest(longest_losses, joined_losses) as max_loss_streak,
        case
            when n_r < 2 then null
            when best_r = worst_r then 0
            else sqrt(
                {{ list_sum(
                    {'n': 'counts_r', 'm': 'means_r', 's': 'sums_squares_r'},
                    's + n * (m - mean_r) * (m - mean_r)'
                ) }} / greatest(n_r - 1, 1)
            )
        end as deviation_r
    from averaged
)

select * from final
