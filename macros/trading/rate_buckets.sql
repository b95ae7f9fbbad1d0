{# Query for buckets of trades with what follows from their measures. #}
{% macro rate_buckets(buckets, bucket) -%}
    with rated as (
        select
            b.account_id as account_id,
            b.strategy as strategy,
            b.{{ bucket }} as {{ bucket }},
            b.trades as trades,
            b.wins as wins,
            b.losses as losses,
            b.break_evens as break_evens,
            b.gross_profit as gross_profit,
            b.gross_loss as gross_loss,
            b.net_pnl as net_pnl,
            b.fees as fees,
            {{ trade_ratios('b') | indent(12) }}
        from {{ buckets }} as b
    )

    select
        account_id,
        strategy,
        {{ bucket }},
        trades,
        wins,
        losses,
        break_evens,
        gross_profit,
        gross_loss,
        net_pnl,
        fees,
        win_rate_all,
        profit_factor,
        expectancy,
        {{ reasons({'profit_factor': [('no_losses', 'losses = 0')]}) }} as undefined_metrics
    from rated
{%- endmacro %}
