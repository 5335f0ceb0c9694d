-- What the timeline shows of a stretch of time, in the columns of happenings.sql. In: `shown_mails` (rows of the mart
-- `timeline`), `other_actions`, `events` of channels other than e-mail. Grain: event_id.
with

owned as (
    select
        event_id, event, 'email' as channel, null::varchar as url, machine, true as counted, message_id as action_id,
        -- A message that names nobody is nobody's.
        if(starts_with(lead, '~'), null, lead) as lead,
        campaign, "user", sender_provider, recipient_provider, shown_at as "at", category,
        event = 'replied' as human_reply
    from shown_mails
    union all by name
    select
        e.event_id, e.event, e.channel, e.url, e.machine, true as counted, a.action_id, a.lead, a.campaign, a."user",
        a.sender_provider, a.recipient_provider, e.occurred_at as "at",
        coalesce(e.reply_category, '(none)') as category,
        e.event = 'replied' and e.sentiment is not null as human_reply
    from events as e
    join other_actions as a on e.channel = a.channel and coalesce(e.message_id, '~' || e.event_id) = a.action_id
    where e.event <> 'received'
)

select
    owned.*,
    local_time("at") as local_at,
    local_time("at")::date as day,
    human_reply and category in ('unsubscribe', 'not_interested') as refusal
from owned
