/*
kind: tree
path: '(?P<session_id>[^/]+)/(?P<symbol>[^/]+)/indicators/(?P<indicator_type>[^/_]+)_(?P<variant>[^/]+)\.csv$'
requires: [timestamp, value]
optional: [confidence]
*/
-- `<session_id>/<symbol>/indicators/<type>_<variant>.csv`; the id is `<type>_<variant>`, exactly.
-- Times are epoch seconds, with a fraction, or text with an offset. A row without a value is how
-- that store writes "not known yet" during warm-up: it holds nothing to land.
select
    session_id,
    symbol,
    indicator_type || '_' || variant as indicator_id,
    indicator_type,
    case
        when regexp_full_match(timestamp, '[0-9]+(\.[0-9]+)?')
            then make_timestamp(round(timestamp::double * 1000000)::bigint)::varchar || '+00'
        else timestamp
    end as ts,
    value,
    confidence,
    'session' as scope,
    'indicator_tree' as created_by,
from source
where value is not null and value <> ''
