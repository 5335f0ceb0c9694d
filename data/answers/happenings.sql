-- What happened, one row an event, with the lead, campaign and user of the action it belongs to.
-- In: `whole_mails`, `other_actions`, `by_lead`, `events`. Grain: event_id.
--
-- An event of an e-mail belongs to its message; one that names only its lead, to the lead's last message before
-- it (METRICS §2), and to nothing where there is none. Of a bounced message only the bounce counts (METRICS §8).
-- Mail coming in belongs to nobody's message; it takes campaign and user from the last one sent to that lead.
with

owned as (
    select
        e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
        m.message_id as action_id, m.lead, m.campaign, m."user", m.sender_provider, m.recipient_provider
    from events as e
    join whole_mails as m on e.message_id = m.message_id
    where e.channel = 'email' and e.event <> 'received' and (not m.bounced or e.event = 'bounced')
    union all by name
    select * from by_lead
    union all by name
    select
        e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
        a.action_id, a.lead, a.campaign, a."user", a.sender_provider, a.recipient_provider
    from events as e
    join other_actions as a on e.channel = a.channel and coalesce(e.message_id, '~' || e.event_id) = a.action_id
    where e.channel <> 'email' and e.event <> 'received'
)

select
    owned.* exclude (occurred_at, reply_category, sentiment),
    owned.occurred_at as "at",
    local_time(owned.occurred_at) as local_at,
    local_time(owned.occurred_at)::date as day,
    coalesce(owned.reply_category, '(none)') as category,
    owned.event = 'replied' and owned.sentiment is not null as human_reply,
    -- METRICS §5: of a category the negative phrases stand for; `refusals` holds those that say one.
    owned.event = 'replied' and owned.sentiment is not null
        and coalesce(owned.reply_category in ('unsubscribe', 'not_interested'), false) as refusal
from owned
