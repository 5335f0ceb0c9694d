-- E-mail events that name their lead but no message, and mail coming in, with what the message they belong to tells:
-- the lead's last one before them (docs/numbers.md). In: `whole_mails`, `events`. Grain: event_id.
with

nameless as (
    select * from events
    where channel = 'email' and lead is not null and (message_id is null or event = 'received')
        and not (event = 'unsubscribed' and machine)
        -- What somebody gave to an e-mail by hand stands there (data/marts/assigned.py).
        and concat(event_id, ':assigned') not in (select event_id from events where event_id like '%:assigned')
),

placed as (
    select e.* replace (m.message_id as message_id)
    from nameless as e
    left join whole_mails as m
        on e.lead = m.lead and e.occurred_at >= m.t0
        and (e.campaign is null or e.event = 'received' or e.campaign = m.campaign)
    -- Past what had bounced by then, unless there is nothing else; mail coming in is no answer to one.
    qualify row_number() over (
        partition by e.event_id
        order by
            e.event <> 'received' and coalesce(m.first_bounced_at <= e.occurred_at, false),
            m.t0 desc nulls last, m.message_id desc
    ) = 1
)

select
    e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
    (e.event <> 'opened' or coalesce(m.track_opens, true)) and (e.event <> 'clicked' or coalesce(m.track_clicks, true))
        as counted,
    if(e.event = 'received', '~' || e.event_id, m.message_id) as action_id,
    if(e.event = 'received', e.lead, m.lead) as lead,
    if(e.event = 'received', coalesce(e.campaign, m.campaign, '(none)'), m.campaign) as campaign,
    if(e.event = 'received', coalesce(e."user", m."user", '(none)'), m."user") as "user",
    coalesce(m.sender_provider, '(none)') as sender_provider,
    coalesce(m.recipient_provider, '(none)') as recipient_provider
from placed as e
left join whole_mails as m on e.message_id = m.message_id
where e.event = 'received' or (m.message_id is not null and if(e.event = 'bounced', m.bounced, not m.undelivered))
