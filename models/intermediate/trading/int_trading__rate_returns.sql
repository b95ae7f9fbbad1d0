{%- set root_of_year = 'sqrt(' ~ num('periods_per_year') ~ ')' %}

with windows as (
    select * from {{ ref('int_trading__measure_return_windows') }}
),

-- A loss of more than everything leaves nothing to compound: growth below 0 is no growth.
compounded as (
    select
        windows.*,
        {{ num('n_days') }} as n,
        case when has_returns and worst_return >= -1 then growth - 1 end as total_return,
        case when growth > 0 then ln(growth) * periods_per_year / n_days else 0 end
            as log_growth_of_year
    from windows
),

rated as (
    select
        compounded.*,
        case
            when total_return = -1 then -1
            -- beyond it the exponential is not finite
            when total_return is not null and log_growth_of_year < 700
                then exp(greatest(log_growth_of_year, -700)) - 1
        end as cagr,
        case when has_returns and n_days >= 2 then deviation * {{ root_of_year }} end
            as volatility,
        case
            when has_returns and n_days >= 2
                then
                    {{ ratio('mean_return - daily_risk_free', 'deviation') }} * {{ root_of_year }}
        end as sharpe_daily,
        case
            when has_returns
                then
                    {{ ratio(
                        'mean_return - daily_acceptable', 'sqrt(sum_squared_shortfalls / n)'
                    ) }}
                    * {{ root_of_year }}
        end as sortino_daily,
        case when has_returns then percentile_5 end as var_95,
        case when has_returns then mean_of_tail end as cvar_95,
        case when has_returns then {{ ratio('sum_gains', 'abs(sum_falls)') }} end as omega,
        case when has_returns then abs({{ ratio('percentile_95', 'percentile_5') }}) end
            as tail_ratio,
        case
            when has_returns and n_days >= 3 and deviation > 0
                then sum_cubed_scores * n / ((n - 1) * (n - 2))
        end as skew,
        case
            when has_returns and n_days >= 4 and deviation > 0
                then
                    sum_fourth_scores * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3))
                    - 3 * pow(n - 1, 2) / ((n - 2) * (n - 3))
        end as kurtosis
    from compounded
),

final as (
    select
        rated.*,
        {%- set no_capital = ('no_capital', 'not has_returns') %}
        {%- set n_lt_2 = ('n_lt_2', 'n_days < 2') %}
        {%- set zero_variance = ('zero_variance', 'deviation = 0') %}
        {{ reasons({
            'total_return': [('no_capital', 'true')],
            'cagr': [('no_capital', 'total_return is null'), ('out_of_range', 'total_return > 0')],
            'volatility': [no_capital, n_lt_2],
            'sharpe_daily': [no_capital, n_lt_2, zero_variance],
            'sortino_daily': [no_capital, ('no_losses', 'true')],
            'var_95': [no_capital],
            'cvar_95': [no_capital],
            'omega': [no_capital, ('no_losses', 'true')],
            'tail_ratio': [no_capital, ('zero_denominator', 'percentile_5 = 0')],
            'skew': [no_capital, n_lt_2, ('n_lt_3', 'n_days < 3'), zero_variance],
            'kurtosis': [
                no_capital, n_lt_2, ('n_lt_3', 'n_days < 3'), ('n_lt_4', 'n_days < 4'),
                zero_variance
            ],
        }) | indent(8) }} as undefined_returns
    from rated
)

select * from final
