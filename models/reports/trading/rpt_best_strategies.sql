{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{{ rank_traders('strategy') }}
