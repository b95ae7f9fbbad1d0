{#- both libraries annualise by 252 whatever the calendar, unless told otherwise -#}
{%- set root_of_year = 'sqrt(' ~ num('252') ~ ')' -%}
{#- 5th percentile of the normal distribution, and its expected shortfall, in deviations -#}
{%- set normal_quantile = '1.6448536269514729' -%}
{%- set normal_shortfall = '2.0627128075074253' -%}

with returns as (
    select * from {{ ref('int_trading__measure_compounded_returns') }}
    where has_returns
),

compounded as (
    select
        returns.*,
        {{ num('n_days') }} as n,
        sqrt(sum_squared_falls / n_days) as downside_deviation,
        case when growth >= 0 then {{ raised('growth', '252 / ' ~ num('n_days')) }} - 1 end
            as growth_of_year,
        case when worst_return >= -1 then deepest_compounded end as max_drawdown,
        -- one of the libraries takes such returns for prices
        worst_return >= 0 and best_return >= 1 as looks_like_prices
    from returns
),

annualised as (
    select
        compounded.*,
        case when n_days >= 2 then deviation * {{ root_of_year }} end as volatility,
        case when n_days >= 2 then {{ peer_ratio('mean_return', 'deviation') }} end
        * {{ root_of_year }} as sharpe,
        {{ peer_ratio('mean_return', 'downside_deviation') }} * {{ root_of_year }} as sortino,
        case when n_days >= 2 then {{ ratio('sum_gains', 'abs(sum_falls)') }} end as omega
    from compounded
),

-- NaN is NULL here; an infinity is kept
final as (
    select
        account_id,
        strategy,
        looks_like_prices,
        {% for metric, value in {
            'comp': 'growth - 1',
            'cagr': 'growth_of_year',
            'volatility': 'volatility',
            'sharpe': 'sharpe',
            'sortino': 'case when downside_deviation > 0 then sortino end',
            'max_drawdown': '-max_drawdown',
            'calmar': ratio('growth_of_year', 'max_drawdown'),
            'ulcer_index': 'sqrt(' ~ peer_ratio('sum_squared_compounded', 'n - 1') ~ ')',
            'omega': 'omega',
            'value_at_risk':
                'case when n_days >= 2 and deviation > 0 then mean_return - '
                ~ normal_quantile ~ ' * deviation end',
            'cvar': 'mean_return - ' ~ normal_shortfall ~ ' * deviation',
        }.items() %}
            case when not looks_like_prices then {{ value }} end as quantstats_{{ metric }},
        {% endfor %}
        growth - 1 as empyrical_cum_returns_final,
        growth_of_year as empyrical_annual_return,
        volatility as empyrical_annual_volatility,
        sharpe as empyrical_sharpe_ratio,
        case when n_days >= 2 then sortino end as empyrical_sortino_ratio,
        -max_drawdown as empyrical_max_drawdown,
        {{ ratio('growth_of_year', 'max_drawdown') }} as empyrical_calmar_ratio,
        omega as empyrical_omega_ratio,
        {{ peer_ratio('abs(percentile_95)', 'abs(percentile_5)') }} as empyrical_tail_ratio,
        percentile_5 as empyrical_value_at_risk,
        mean_of_lowest as empyrical_conditional_value_at_risk
    from annualised
)

select * from final
