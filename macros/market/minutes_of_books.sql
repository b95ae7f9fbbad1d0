{# The minutes of quotes or of snapshots of books: the counts and mids, and of each of `means` the
   sum and the number of values. Plain means: a row counts once, however long it stood. #}
{% macro minutes_of_books(books, means) -%}
    select
        b.market as market,
        b.symbol as symbol,
        b.venue as venue,
        {{ candle_start('b.ts', candle_intervals()['1m']) }} as opened_at,
        count(*) as books,
        count(*) filter (where b.book_state = 'crossed') as crossed,
        count(*) filter (where b.book_state = 'locked') as locked,
        count(*) filter (where b.book_state in ('one_sided', 'empty')) as one_sided,
        count(*) filter (where b.is_stale) as stale,
        -- by the price as well, so that equal instants could never depend on the order of rows
        argMinIf(b.mid, (b.ts, b.seq, b.mid), b.mid is not null) as first_mid,
        argMaxIf(b.mid, (b.ts, b.seq, b.mid), b.mid is not null) as last_mid,
        max(b.mid) as high_mid,
        min(b.mid) as low_mid,
        count(b.mid) as two_sided,
        min(b.spread_bps) as min_spread_bps,
        max(b.spread_bps) as max_spread_bps,
        {% for name in means %}
            sum({{ wide_ratio('b.' ~ name) }}) as sum_{{ name }},
            count(b.{{ name }}) as count_{{ name }},
        {% endfor %}
        sum({{ wide_ratio('b.spread_bps') }}) as sum_spread_bps
    from {{ books }} as b
    group by b.market, b.symbol, b.venue, {{ candle_start('b.ts', candle_intervals()['1m']) }}
{%- endmacro %}

{# The columns of agg_book_1m and agg_book_depth_1m, out of such minutes; `means` says of each why a
   minute may have none. #}
{% macro book_minute_columns(minutes, counted, means) -%}
    select
        concat(m.market, ':', m.symbol) as symbol_id,
        m.market as market,
        m.symbol as symbol,
        m.venue as venue,
        m.books as {{ counted }},
        m.crossed as crossed,
        m.locked as locked,
        m.one_sided as one_sided,
        m.stale as stale,
        case when m.two_sided > 0 then m.first_mid end as first_mid,
        m.high_mid as high_mid,
        m.low_mid as low_mid,
        case when m.two_sided > 0 then m.last_mid end as last_mid,
        {{ ratio('m.sum_spread_bps', 'm.two_sided') }} as avg_spread_bps,
        m.min_spread_bps as min_spread_bps,
        m.max_spread_bps as max_spread_bps,
        {% for name in means %}
            {{ ratio(
                'm.sum_' ~ name, 'm.count_' ~ name
            ) }} as avg_{{ name }},
        {% endfor %}
        concat(
            case when m.two_sided = 0 then 'mid=one_sided;spread_bps=one_sided;' else '' end,
            {% for name, reason in means.items() %}
                case when m.count_{{ name }} = 0 then '{{ name }}={{ reason }};' else '' end,
            {% endfor %}
            ''
        ) as undefined_metrics,
        m.opened_at as opened_at
    from {{ minutes }} as m
{%- endmacro %}
