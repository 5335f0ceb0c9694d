-- The e-mails that were sent, with the first of everything that happened to each (marts/messages.sql), and its
-- local time. In: `sends`, `events`. Grain: message_id.
with

bounces as (
    select message_id, bounce_kind
    from events
    where channel = 'email' and event = 'bounced' and message_id is not null
    qualify row_number() over (partition by message_id order by occurred_at, event_id) = 1
)

select
    s.* exclude (workspace_id, lead),
    -- A message that names nobody is nobody's: no person is counted for it.
    if(starts_with(s.lead, '~'), null, s.lead) as lead,
    s.lead as journey_lead,
    s.bounced_at is not null as bounced,
    b.bounce_kind,
    local_time(s.t0) as local_t0,
    local_time(s.t0)::date as day
from sends as s
left join bounces as b on s.message_id = b.message_id
