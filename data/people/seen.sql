-- The people some segments name: when they were first and last heard of there, by whom they were written to.
-- In: `new_events`, of one workspace. Grain: lead; `number` counts them from 1, in their order.
select
    row_number() over (order by lead) as number,
    lead,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at,
    arg_min("user", occurred_at) filter ("user" is not null) as "user",
    list(distinct campaign) filter (campaign is not null and event = 'sent') as campaigns,
    arg_min(event_id, occurred_at) filter (event in ('unsubscribed', 'complained')) as left_event,
    min(occurred_at) filter (event in ('unsubscribed', 'complained')) as left_at
from new_events
where lead is not null and not starts_with(lead, 'erased-person-')
group by lead
