-- What happened, one row an event, with the lead, campaign and user of the action it belongs to.
-- In: `whole_mails`, `whole_actions`, `events`, `refusals`. Grain: event_id.
--
-- An event of an e-mail belongs to its message; one that names only its lead, to the lead's last message before
-- it (METRICS §2), and to nothing where there is none. Of a bounced message only the bounce counts (METRICS §8).
-- Mail coming in belongs to nobody's message; it takes campaign and user from the last one sent to that lead.
with

latest as (
    select lead, t0, max(message_id) as message_id
    from whole_mails
    where lead is not null
    group by lead, t0
),

by_lead as (
    select * from events
    where channel = 'email' and lead is not null and (message_id is null or event = 'received')
),

attributed as (
    select e.* replace (l.message_id as message_id)
    from by_lead as e
    asof left join latest as l on e.lead = l.lead and e.occurred_at >= l.t0
    where l.message_id is not null or e.event = 'received'
),

mail_events as (
    select * from events
    where channel = 'email' and message_id is not null and event <> 'received'
    union all by name
    select * from attributed
),

owned as (
    select
        e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
        if(e.event = 'received', '~' || e.event_id, m.message_id) as action_id,
        if(e.event = 'received', e.lead, m.lead) as lead,
        if(e.event = 'received', coalesce(e.campaign, m.campaign, '(none)'), m.campaign) as campaign,
        if(e.event = 'received', coalesce(e."user", m."user", '(none)'), m."user") as "user",
        coalesce(m.sender_provider, '(none)') as sender_provider,
        coalesce(m.recipient_provider, '(none)') as recipient_provider
    from mail_events as e
    left join whole_mails as m on e.message_id = m.message_id
    where e.event = 'received' or (m.message_id is not null and (not m.bounced or e.event = 'bounced'))
    union all by name
    select
        e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
        a.action_id, a.lead, a.campaign, a."user", a.sender_provider, a.recipient_provider
    from events as e
    join whole_actions as a on e.channel = a.channel and coalesce(e.message_id, '~' || e.event_id) = a.action_id
    where e.channel <> 'email' and e.event <> 'received'
)

select
    owned.* exclude (occurred_at, reply_category, sentiment),
    owned.occurred_at as "at",
    local_time(owned.occurred_at) as local_at,
    local_time(owned.occurred_at)::date as day,
    coalesce(owned.reply_category, '(none)') as category,
    owned.event = 'replied' and owned.sentiment is not null as human_reply,
    -- METRICS §5: a reply with one of the negative phrases, or of the category those phrases stand for.
    owned.event = 'replied' and owned.sentiment is not null and (
        owned.event_id in (select event_id from refusals)
        or coalesce(owned.reply_category in ('unsubscribe', 'not_interested'), false)
    ) as refusal
from owned
