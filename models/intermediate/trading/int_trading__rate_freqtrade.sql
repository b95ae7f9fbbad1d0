{%- set mean_of_day = num('total_profit') ~ ' / capital / run_days' %}
{%- set root_of_year = 'sqrt(' ~ num('365') ~ ')' %}

with runs as (
    select * from {{ ref('int_trading__measure_freqtrade') }}
),

deviations as (
    select
        runs.*,
        case when is_constant then 0 else sqrt(sum_squares / trades) / capital end as deviation,
        case when is_constant then 0 else sqrt(sum_squares / greatest(trades - 1, 1)) / capital end
            as sample_deviation,
        case
            when losses = 0 or has_equal_losses then 0
            else sqrt(sum_squares_of_losses / losses) / capital
        end as deviation_of_losses,
        {{ ratio('profit_of_wins', 'wins') }} as mean_win,
        abs({{ ratio('profit_of_losses', 'losses') }}) as mean_loss,
        {{ num('deepest_fall') }} / (capital + {{ num('high_of_deepest') }}) as deepest_of_account
    from runs
),

-- -100, 100 and 0 are the peer's own words for a figure that is not defined
final as (
    select
        account_id,
        strategy,
        unordered_ties,
        {{ num('total_profit') }} as freqtrade_profit_total_abs,
        {{ num('total_profit') }} / capital as freqtrade_profit_total,
        {{ num('wins') }} / trades as freqtrade_winrate,
        case
            when capital is null then null
            when deviation = 0 then -100
            else {{ mean_of_day }} / deviation * {{ root_of_year }}
        end as freqtrade_sharpe,
        case
            when capital is null then null
            when deviation_of_losses = 0 then -100
            else {{ mean_of_day }} / deviation_of_losses * {{ root_of_year }}
        end as freqtrade_sortino,
        case
            when capital is null then null
            when deepest_fall = 0 then -100
            else {{ mean_of_day }} * 100 / deepest_of_account * {{ root_of_year }}
        end as freqtrade_calmar,
        case
            when capital is null then null
            when sample_deviation = 0 then -100
            else
                {{ rounded(
                    'sqrt(' ~ num('trades') ~ ') * (' ~ num('total_profit')
                    ~ ' / capital / trades) / sample_deviation', 4
                ) }}
        end as freqtrade_sqn,
        case
            when losses = 0 then 0
            else {{ ratio('profit_of_wins', 'abs(profit_of_losses)') }}
        end as freqtrade_profit_factor,
        {{ num('total_profit') }} / trades as freqtrade_expectancy,
        case
            when losses = 0 then 100
            when wins = 0 then -1
            else (1 + mean_win / mean_loss) * wins / trades - 1
        end as freqtrade_expectancy_ratio,
        {{ num('deepest_fall') }} as freqtrade_max_drawdown_abs,
        deepest_of_account as freqtrade_max_drawdown_account,
        case
            when capital + {{ num('total_profit') }} >= 0
                then
                    {{ raised(
                        '(1 + ' ~ num('total_profit') ~ ' / capital)', '365 / ' ~ num('run_days')
                    ) }} - 1
            when capital is not null then 0
        end as freqtrade_cagr
    from deviations
)

select * from final
