with trades as (
    select * from {{ ref('int_trading__measure_trade_windows') }}
),

rated as (
    select
        t.*,
        {{ trade_ratios('t') | indent(8) }},
        t.mean_r as expectancy_r,
        {{ ratio('t.mean_r', 't.deviation_r') }} as score_r,
        {{ ratio('t.sum_holding_s', 't.trades') }} as avg_holding_s,
        {{ ratio('t.sum_holding_win_s', 't.wins') }} as avg_holding_win_s,
        {{ ratio('t.sum_holding_loss_s', 't.losses') }} as avg_holding_loss_s
    from trades as t
),

paid_off as (
    select
        rated.*,
        {{ ratio('avg_win', 'abs(avg_loss)') }} as payoff_ratio,
        sqrt(n_r) * score_r as sqn,
        sqrt(least(n_r, 100)) * score_r as sqn_100
    from rated
),

bet as (
    select
        paid_off.*,
        win_rate_decided - (1 - win_rate_decided) / nullif(payoff_ratio, 0) as kelly_fraction
    from paid_off
),

final as (
    select
        bet.*,
        {%- set no_trades = ('no_trades', 'trades = 0') %}
        {%- set no_wins = ('no_wins', 'wins = 0') %}
        {%- set no_losses = ('no_losses', 'losses = 0') %}
        {%- set no_stop = ('no_stop', 'n_r = 0') %}
        {%- set quality = [no_trades, no_stop, ('n_lt_2', 'n_r < 2'),
                           ('zero_variance', 'deviation_r = 0')] %}
        {{ reasons({
            'win_rate_all': [no_trades],
            'win_rate_decided': [no_trades, ('no_wins', 'wins + losses = 0')],
            'avg_win': [no_wins],
            'avg_loss': [no_losses],
            'largest_win': [no_wins],
            'largest_loss': [no_losses],
            'payoff_ratio': [no_wins, no_losses],
            'profit_factor': [no_losses],
            'expectancy': [no_trades],
            'expectancy_r': [no_trades, no_stop],
            'kelly_fraction': [no_wins, no_losses],
            'sqn': quality,
            'sqn_100': quality,
            'avg_holding_s': [no_trades],
            'median_holding_s': [no_trades],
            'avg_holding_win_s': [no_wins],
            'avg_holding_loss_s': [no_losses],
        }) | indent(8) }} as undefined_trades
    from bet
)

select * from final
