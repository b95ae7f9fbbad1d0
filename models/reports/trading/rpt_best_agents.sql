{{
    config(
        materialized='view',
        contract={'enforced': false}
    )
}}

{{ rank_traders('agent_id') }}
