{# Query for the counts, sums and runs of the trades of each account and strategy, and of the whole
   account ('*'), by further keys, out of a relation with the columns of fct_trades and the keys. Parts
   that follow each other in time are merged by int_trading__merge_trade_parts. #}
{% macro measure_trade_parts(trades, keys) -%}
    {%- set group = ['account_id'] + keys -%}
    {%- set hit_of = {'wins': 'd > 0', 'losses': 'd < 0'} -%}
    with ordered as (
        select
            t.*,
            case outcome when 'win' then 1 when 'loss' then -1 else 0 end as direction,
            row_number() over (
                partition by {{ group | join(', ') }} order by closed_at, opened_at, trade_id
            ) as nth
        from {{ trades }} as t
    ),

    grouped as (
        select
            {% for key in group %}
                t.{{ key }} as {{ key }},
            {% endfor %}
            case when grouping(t.strategy) = 1 then '*' else t.strategy end as strategy,
            {{ trade_measures('t') | indent(12) }},
            sum(case when t.outcome = 'win' then t.holding_s end) as sum_holding_win_s,
            sum(case when t.outcome = 'loss' then t.holding_s end) as sum_holding_loss_s,
            min(t.trade_date) as first_date,
            max(t.trade_date) as last_date,
            count(t.r_multiple) as n_r,
            max(t.r_multiple) as best_r,
            min(t.r_multiple) as worst_r,
            {{ list_agg(num('t.holding_s'), [num('t.holding_s')]) }} as holding_times,
            {{ list_agg('t.r_multiple', ['t.r_multiple']) }} as r_multiples,
            {{ list_agg('t.direction', ['t.nth']) }} as directions
        from ordered as t
        group by grouping sets (
            (t.{{ group | join(', t.') }}, t.strategy),
            (t.{{ group | join(', t.') }})
        )
    ),

    averaged as (
        select
            {% for hits, hit in hit_of.items() %}
                {{ list_running_sum(
                    {'d': 'directions'}, 'case when ' ~ hit ~ ' then 0 else 1 end'
                ) }} as misses_of_{{ hits }},
            {% endfor %}
            grouped.*,
            {{ list_sum({'r': 'r_multiples'}, 'r') }} / greatest(n_r, 1) as mean_r
        from grouped
    ),

    final as (
        select
            {% for hits, hit in hit_of.items() %}
                cast({{ list_sum({'m': 'misses_of_' ~ hits}, 'case when m = 0 then 1 else 0 end') }}
                    as bigint) as first_{{ hits }},
                cast({{ list_sum(
                    {'m': 'misses_of_' ~ hits},
                    'case when m = trades - ' ~ hits ~ ' then 1 else 0 end'
                ) }} - case when trades > {{ hits }} then 1 else 0 end as bigint) as last_{{ hits }},
                {{ longest_run({'d': 'directions'}, hit) }} as longest_{{ hits }},
            {% endfor %}
            averaged.*,
            {{ list_sum({'r': 'r_multiples'}, '(r - mean_r) * (r - mean_r)') }} as sum_squares_r
        from averaged
    )

    select
        {{ group | join(', ') }},
        strategy,
        {{ trade_part_columns() | join(',\n        ') }}
    from final
{%- endmacro %}

{# What a part has beside its keys. #}
{% macro trade_part_columns() -%}
    {{ return([
        'trades', 'wins', 'losses', 'break_evens', 'gross_profit', 'gross_loss', 'net_pnl', 'fees',
        'funding', 'notional', 'largest_win', 'largest_loss', 'sum_holding_s', 'sum_holding_win_s',
        'sum_holding_loss_s', 'n_r', 'best_r', 'worst_r', 'mean_r', 'sum_squares_r', 'first_wins',
        'last_wins', 'longest_wins', 'first_losses', 'last_losses', 'longest_losses', 'first_date',
        'last_date', 'holding_times',
    ]) }}
{%- endmacro %}
