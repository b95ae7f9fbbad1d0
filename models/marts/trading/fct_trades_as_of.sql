{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{%- set ts = view_parameter('ts', type_instant()) %}

with versions as (
    select * from {{ ref('fct_trade_versions') }}
    where known_from <= {{ ts }} and (known_to is null or known_to > {{ ts }})
),

-- the day is one of the zone that the account was known to trade in
accounts as (
    select
        account_id,
        trading_zone
    from {{ ref('stg_account_versions') }}
    where known_from <= {{ ts }} and (known_to is null or known_to > {{ ts }})
),

final as (
    select
        v.* except (
            trade_date, valid_from_batch, known_from, valid_to_batch, known_to, ended_by
        ),
        {{ local_date('v.closed_at', "coalesce(nullif(a.trading_zone, ''), 'UTC')") }} as trade_date
    from versions as v
    left join accounts as a on v.account_id = a.account_id
)

select * from final
