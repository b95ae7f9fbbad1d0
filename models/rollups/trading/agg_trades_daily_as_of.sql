{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

with trades as (
    select * from {{ ref('fct_trades_as_of') }}(ts = {{ view_parameter('ts', type_instant()) }})
)

{{ sum_trades_daily('trades') }}
