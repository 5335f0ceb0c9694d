-- E-mail events that name their lead but no message, and mail coming in, with what the message they belong to tells:
-- the lead's last one before them (METRICS §2). In: `whole_mails`, `events`. Grain: event_id.
with

nameless as (
    select * from events
    where channel = 'email' and lead is not null and (message_id is null or event = 'received')
),

latest as (
    select lead, t0, max(message_id) as message_id
    from whole_mails
    semi join nameless using (lead)
    group by lead, t0
),

placed as (
    select e.* replace (l.message_id as message_id)
    from nameless as e
    asof left join latest as l on e.lead = l.lead and e.occurred_at >= l.t0
)

select
    e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
    if(e.event = 'received', '~' || e.event_id, m.message_id) as action_id,
    if(e.event = 'received', e.lead, m.lead) as lead,
    if(e.event = 'received', coalesce(e.campaign, m.campaign, '(none)'), m.campaign) as campaign,
    if(e.event = 'received', coalesce(e."user", m."user", '(none)'), m."user") as "user",
    coalesce(m.sender_provider, '(none)') as sender_provider,
    coalesce(m.recipient_provider, '(none)') as recipient_provider
from placed as e
left join whole_mails as m on e.message_id = m.message_id
where e.event = 'received' or (m.message_id is not null and (not m.bounced or e.event = 'bounced'))
