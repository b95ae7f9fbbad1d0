{{
    config(
        query_settings={'join_use_nulls': 1, 'cast_keep_nullable': 1}
    )
}}

{%- set ours = [
    'sharpe_daily', 'sortino_daily', 'calmar', 'sqn', 'profit_factor', 'expectancy',
    'max_drawdown_abs', 'max_drawdown_rel', 'win_rate_all', 'cagr', 'volatility', 'ulcer_index',
    'var_95', 'cvar_95', 'tail_ratio',
] %}
{%- set of_freqtrade = [
    'profit_total_abs', 'profit_total', 'winrate', 'sharpe', 'sortino', 'calmar', 'sqn',
    'profit_factor', 'expectancy', 'expectancy_ratio', 'max_drawdown_abs',
    'max_drawdown_account', 'cagr',
] %}
{%- set of_quantstats = [
    'comp', 'cagr', 'volatility', 'sharpe', 'sortino', 'max_drawdown', 'calmar', 'ulcer_index',
    'omega', 'value_at_risk', 'cvar',
] %}
{%- set of_empyrical = [
    'cum_returns_final', 'annual_return', 'annual_volatility', 'sharpe_ratio', 'sortino_ratio',
    'max_drawdown', 'calmar_ratio', 'omega_ratio', 'tail_ratio', 'value_at_risk',
    'conditional_value_at_risk',
] %}
{%- set unordered = 'freqtrade drawdown and calmar: trades that closed together stand in no order '
    ~ 'of closing in the file, and the peer sorts them as it happens; ' %}
{%- set conventions = [
    ('freqtrade_sharpe', 'f.freqtrade_sharpe', 'p.sharpe_daily',
     'per trade over starting capital and days of the run, not per day over equity'),
    ('freqtrade_sortino', 'f.freqtrade_sortino', 'p.sortino_daily',
     'deviation of losing trades around their own mean, not the shortfall of all days'),
    ('freqtrade_calmar', 'f.freqtrade_calmar', 'p.calmar',
     '100 x mean profit of a day over the drawdown, not annual growth over it'),
    ('freqtrade_sqn', 'f.freqtrade_sqn', 'p.sqn', 'of profit over starting capital, not of R'),
    ('freqtrade_profit_factor', 'f.freqtrade_profit_factor', 'p.profit_factor',
     'by reported profit; 0 without a loss'),
    ('freqtrade_expectancy', 'f.freqtrade_expectancy', 'p.expectancy', 'by reported profit'),
    ('freqtrade_max_drawdown_abs', 'f.freqtrade_max_drawdown_abs', 'p.max_drawdown_abs',
     'over trades in order, not over days'),
    ('freqtrade_max_drawdown_account', 'f.freqtrade_max_drawdown_account', 'p.max_drawdown_rel',
     'over trades in order, at the deepest fall in money'),
    ('freqtrade_winrate', 'f.freqtrade_winrate', 'p.win_rate_all', 'by reported profit'),
    ('freqtrade_cagr', 'f.freqtrade_cagr', 'p.cagr',
     'over whole days of the run, cash flows ignored'),
    ('quantstats_cagr', 'l.quantstats_cagr', 'p.cagr', '252 days a year'),
    ('quantstats_volatility', 'l.quantstats_volatility', 'p.volatility', '252 days a year'),
    ('quantstats_sharpe', 'l.quantstats_sharpe', 'p.sharpe_daily', '252 days a year'),
    ('quantstats_sortino', 'l.quantstats_sortino', 'p.sortino_daily', '252 days a year'),
    ('quantstats_max_drawdown', '-l.quantstats_max_drawdown', 'p.max_drawdown_rel',
     'of compounded returns, without cash flows'),
    ('quantstats_calmar', 'l.quantstats_calmar', 'p.calmar',
     '252 days a year'),
    ('quantstats_ulcer_index', 'l.quantstats_ulcer_index', 'p.ulcer_index',
     'over n - 1 days; of compounded returns'),
    ('quantstats_value_at_risk', 'l.quantstats_value_at_risk', 'p.var_95',
     'of a normal distribution'),
    ('quantstats_cvar', 'l.quantstats_cvar', 'p.cvar_95', 'of a normal distribution'),
    ('empyrical_annual_return', 'l.empyrical_annual_return', 'p.cagr', '252 days a year'),
    ('empyrical_annual_volatility', 'l.empyrical_annual_volatility', 'p.volatility',
     '252 days a year'),
    ('empyrical_sharpe_ratio', 'l.empyrical_sharpe_ratio', 'p.sharpe_daily', '252 days a year'),
    ('empyrical_sortino_ratio', 'l.empyrical_sortino_ratio', 'p.sortino_daily',
     '252 days a year; infinite without a loss'),
    ('empyrical_max_drawdown', '-l.empyrical_max_drawdown', 'p.max_drawdown_rel',
     'of compounded returns, without cash flows'),
    ('empyrical_calmar_ratio', 'l.empyrical_calmar_ratio', 'p.calmar', '252 days a year'),
    ('empyrical_tail_ratio', 'l.empyrical_tail_ratio', 'p.tail_ratio',
     'infinite over a 5th percentile of 0'),
    ('empyrical_conditional_value_at_risk', 'l.empyrical_conditional_value_at_risk', 'p.cvar_95',
     'mean of a count of days'),
] %}

with performance as (
    select * from {{ ref('rpt_performance') }}
    where "window" = 'all'
),

freqtrade as (
    select * from {{ ref('int_trading__rate_freqtrade') }}
),

libraries as (
    select * from {{ ref('int_trading__rate_library_returns') }}
),

final as (
    select
        p.account_id as account_id,
        p.strategy as strategy,
        p.as_of as as_of,
        p.total_return as total_return,
        {% for metric in ours %}
            p.{{ metric }} as {{ metric }},
        {% endfor %}
        {% for metric in of_freqtrade %}
            f.freqtrade_{{ metric }} as freqtrade_{{ metric }},
        {% endfor %}
        {% for metric in of_quantstats %}
            l.quantstats_{{ metric }} as quantstats_{{ metric }},
        {% endfor %}
        {% for metric in ['tail_ratio', 'skew', 'kurtosis'] %}
            case when not l.looks_like_prices then p.{{ metric }} end as quantstats_{{ metric }},
        {% endfor %}
        {% for metric in of_empyrical %}
            l.empyrical_{{ metric }} as empyrical_{{ metric }},
        {% endfor %}
        concat(
            case when f.account_id is null then 'freqtrade: no trades; ' else '' end,
            case when f.unordered_ties > 0 then '{{ unordered }}' else '' end,
            case when l.account_id is null then 'quantstats, empyrical: no_capital; ' else '' end,
            case
                when l.looks_like_prices then 'quantstats: takes such returns for prices; '
                else ''
            end,
            {% for name, theirs, own, convention in conventions %}
                {{ convention_differs(name, theirs, own, convention) | indent(16) }},
            {% endfor %}
            ''
        ) as explanation
    from performance as p
    left join freqtrade as f on p.account_id = f.account_id and p.strategy = f.strategy
    left join libraries as l on p.account_id = l.account_id and p.strategy = l.strategy
)

select * from final
