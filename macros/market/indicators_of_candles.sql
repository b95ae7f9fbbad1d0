{# Query for the indicators of a series of candles, by bar number, as TA-Lib computes them. #}
{% macro indicators_of_candles(candles) -%}
    {%- set by_series -%}
        partition by interval_s, origin, market, symbol, venue order by opened_at rows between
    {%- endset -%}
    {%- set columns = [] -%}
    {%- set reasons = [] -%}
    {%- for name, first_bar, needs in indicator_columns() -%}
        {%- set known = 'n.bar >= ' ~ first_bar ~ (' and n.has_volume' if needs else '') -%}
        {%- do columns.append(
            'case when ' ~ known ~ ' then toNullable(n.' ~ name ~ ') end as ' ~ name
        ) -%}
        {%- do reasons.append('if(n.bar < ' ~ first_bar ~ ", '" ~ name ~ "=warm_up;', '')") -%}
        {%- if needs -%}
            {%- do reasons.append("if(not n.has_volume, '" ~ name ~ "=no_volume;', '')") -%}
        {%- endif -%}
    {%- endfor -%}
    with bars as (
        select
            interval_s,
            origin,
            market,
            symbol,
            venue,
            opened_at,
            session_day,
            toFloat64(high) as high,
            toFloat64(low) as low,
            toFloat64(close) as close,
            toFloat64(coalesce(volume, 0)) as volume,
            (toFloat64(high) + toFloat64(low) + toFloat64(close)) / 3 as typical,
            -- equal or not is asked of the exact price: as doubles two sums alike may differ
            high + low + close as exact_typical,
            toInt64(row_number() over series) - 1 as bar,
            countIf(volume is null) over series = 0 as has_volume
        from {{ candles }}
        window series as ({{ by_series }} unbounded preceding and current row)
    ),

    lagged as (
        select
            bars.*,
            lagInFrame(high, 1) over series as last_high,
            lagInFrame(low, 1) over series as last_low,
            lagInFrame(close, 1) over series as last_close,
            lagInFrame(close, 14) over series as close_14,
            lagInFrame(exact_typical, 1) over series as last_typical
        from bars
        window series as ({{ by_series }} unbounded preceding and current row)
    ),

    -- bar 0 has nothing before it: it moves by nothing, and no sum below begins with it
    moved as (
        select
            lagged.*,
            if(bar = 0, 0, greatest(close - last_close, 0)) as gain,
            if(bar = 0, 0, greatest(last_close - close, 0)) as loss,
            if(
                bar = 0, 0,
                greatest(high - low, abs(high - last_close), abs(low - last_close))
            ) as true_range,
            if(bar > 0 and high - last_high > greatest(last_low - low, 0), high - last_high, 0)
                as plus_dm,
            if(bar > 0 and last_low - low > greatest(high - last_high, 0), last_low - low, 0)
                as minus_dm,
            if(bar > 0 and exact_typical > last_typical, typical * volume, 0) as inflow,
            if(bar > 0 and exact_typical < last_typical, typical * volume, 0) as outflow,
            if(bar = 0, volume, volume * sign(close - last_close)) as signed_volume
        from lagged
    ),

    summed as (
        select
            moved.*,
            avg(close) over w20 as sma_20,
            -- the unstable one subtracts squares: of small deviations it lost seven digits
            stddevPopStable(close) over w20 as deviation_20,
            stddevPopStable(close) over w14 as deviation_14,
            groupArray(typical) over w20 as typicals,
            groupArray(close) over w14 as closes,
            avg(close) over w12 as sma_12,
            avg(close) over w26 as sma_26,
            avg(gain) over w14 as first_gain,
            avg(loss) over w14 as first_loss,
            avg(true_range) over w14 as first_range,
            sum(true_range) over w13 as first_range_sum,
            sum(plus_dm) over w13 as first_plus,
            sum(minus_dm) over w13 as first_minus,
            max(high) over w14 as highest,
            min(low) over w14 as lowest,
            sum(inflow) over w14 as inflows,
            sum(outflow) over w14 as outflows,
            sum(signed_volume) over series as obv,
            sum(typical * volume) over session / nullif(sum(volume) over session, 0) as vwap_session
        from moved
        window
            series as ({{ by_series }} unbounded preceding and current row),
            session as (
                partition by interval_s, origin, market, symbol, venue, session_day
                order by opened_at
                rows between unbounded preceding and current row
            ),
            w12 as ({{ by_series }} 11 preceding and current row),
            w13 as ({{ by_series }} 12 preceding and current row),
            w14 as ({{ by_series }} 13 preceding and current row),
            w20 as ({{ by_series }} 19 preceding and current row),
            w26 as ({{ by_series }} 25 preceding and current row)
    ),

    smooth as (
        select
            summed.*,
            {{ smoothed('ema_20', '2 / 21', 19, 'sma_20', 'close') }} as ema_20,
            {{ smoothed('ema_12', '2 / 13', 25, 'sma_12', 'close') }} as ema_12,
            {{ smoothed('ema_26', '2 / 27', 25, 'sma_26', 'close') }} as ema_26,
            {{ smoothed('wilder_14', '1 / 14', 14, 'first_gain', 'gain') }} as avg_gain,
            {{ smoothed('wilder_14', '1 / 14', 14, 'first_loss', 'loss') }} as avg_loss,
            {{ smoothed('wilder_14', '1 / 14', 14, 'first_range', 'true_range') }} as atr_14,
            -- Wilder's sums: the mean of fourteen times the value
            {{ smoothed('wilder_14', '1 / 14', 13, 'first_range_sum', 'true_range * 14') }}
                as range_sum,
            {{ smoothed('wilder_14', '1 / 14', 13, 'first_plus', 'plus_dm * 14') }} as plus_sum,
            {{ smoothed('wilder_14', '1 / 14', 13, 'first_minus', 'minus_dm * 14') }} as minus_sum,
            if(highest > lowest, (close - lowest) / (highest - lowest) * 100, 0) as fast_k
        from summed
        window series as ({{ by_series }} unbounded preceding and current row)
    ),

    derived as (
        select
            smooth.*,
            ema_12 - ema_26 as macd,
            if(range_sum > 0, 100 * plus_sum / range_sum, 0) as plus_di,
            if(range_sum > 0, 100 * minus_sum / range_sum, 0) as minus_di,
            if(
                plus_sum + minus_sum > 0,
                100 * abs(plus_sum - minus_sum) / (plus_sum + minus_sum), 0
            ) as dx
        from smooth
    ),

    seeded as (
        select
            derived.*,
            avg(macd) over w9 as first_signal,
            avg(dx) over w14 as first_adx,
            avg(fast_k) over w3 as slow_k
        from derived
        window
            w3 as ({{ by_series }} 2 preceding and current row),
            w9 as ({{ by_series }} 8 preceding and current row),
            w14 as ({{ by_series }} 13 preceding and current row)
    ),

    finished as (
        select
            seeded.*,
            {{ smoothed('ema_9', '2 / 10', 33, 'first_signal', 'macd') }} as macd_signal,
            {{ smoothed('wilder_14', '1 / 14', 27, 'first_adx', 'dx') }} as adx,
            avg(slow_k) over w3 as slow_d
        from seeded
        window
            series as ({{ by_series }} unbounded preceding and current row),
            w3 as ({{ by_series }} 2 preceding and current row)
    ),

    named as (
        select
            f.interval_s as interval_s,
            f.origin as origin,
            f.market as market,
            f.symbol as symbol,
            f.venue as venue,
            f.opened_at as opened_at,
            f.bar as bar,
            f.has_volume as has_volume,
            f.sma_20 as sma_20,
            f.ema_20 as ema_20,
            arraySum((value, place) -> value * place, f.closes, arrayEnumerate(f.closes)) / 105
                as wma_14,
            if(f.avg_gain + f.avg_loss > 0, 100 * f.avg_gain / (f.avg_gain + f.avg_loss), 0)
                as rsi_14,
            f.macd as macd_12_26_9,
            f.macd_signal as macd_signal_12_26_9,
            f.macd - f.macd_signal as macd_hist_12_26_9,
            f.sma_20 + 2 * f.deviation_20 as bb_upper_20,
            f.sma_20 as bb_middle_20,
            f.sma_20 - 2 * f.deviation_20 as bb_lower_20,
            f.deviation_14 as stdev_14,
            f.atr_14 as atr_14,
            f.slow_k as stoch_k_14_3_3,
            f.slow_d as stoch_d_14_3_3,
            f.adx as adx_14,
            f.plus_di as plus_di_14,
            f.minus_di as minus_di_14,
            arrayAvg(f.typicals) as mean_typical,
            arrayAvg(value -> abs(value - arrayAvg(f.typicals)), f.typicals) as typical_deviation,
            if(
                typical_deviation > 0, (f.typical - mean_typical) / (0.015 * typical_deviation), 0
            ) as cci_20,
            if(f.close_14 <> 0, (f.close / f.close_14 - 1) * 100, 0) as roc_14,
            f.obv as obv,
            -- the oracle's bound: below it there is no flow to speak of
            if(f.inflows + f.outflows >= 1, 100 * f.inflows / (f.inflows + f.outflows), 0) as mfi_14,
            f.vwap_session as vwap_session
        from finished as f
    )

    select
        concat(n.market, ':', n.symbol) as symbol_id,
        n.market as market,
        n.symbol as symbol,
        n.venue as venue,
        n.origin as origin,
        n.interval_s as interval_s,
        {{ columns | join(',\n        ') }},
        concat(
            {{ reasons | join(',\n            ') }},
            if(n.has_volume and n.vwap_session is null, 'vwap_session=zero_volume;', '')
        ) as undefined_metrics,
        toUInt64(n.bar) as bar,
        n.opened_at as opened_at
    from named as n
{%- endmacro %}
