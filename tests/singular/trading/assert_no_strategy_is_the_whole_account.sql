-- Fails when a strategy is named '*': in the reports that is the whole account, and its curve
-- would be counted twice.
select strategy
from {{ ref('dim_strategy') }}
where strategy = '*'
