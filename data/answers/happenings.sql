-- What happened, one row an event, with the lead, campaign and user of the action it belongs to.
-- In: `whole_mails`, `other_actions`, `by_lead`, `events`. Grain: event_id.
--
-- An event of an e-mail belongs to its message; one that names only its lead, to the lead's last message before
-- it (docs/numbers.md), and to nothing where there is none. Of a bounced or refused message only the bounce counts.
-- `counted`: of a kind that was tracked for its message; what was not is shown in the timeline and counted nowhere.
-- Mail coming in belongs to nobody's message; it takes campaign and user from the last one sent to that lead.
with

owned as (
    select
        e.event_id, e.event, e.channel, e.sentiment, e.reply_category, e.url,
        e.machine or by_timing(e.event, e.occurred_at, e.person, m.sent_at, m.delivered_at, m.burst_clicks) as machine,
        -- Opened or clicked before the sending: at the sending.
        if(e.event in ('opened', 'clicked'), greatest(e.occurred_at, m.t0), e.occurred_at) as occurred_at,
        (e.event <> 'opened' or m.track_opens) and (e.event <> 'clicked' or m.track_clicks) as counted,
        m.message_id as action_id, m.lead, m.campaign, m."user", m.sender_provider, m.recipient_provider
    from events as e
    join whole_mails as m on e.message_id = m.message_id
    where e.channel = 'email' and e.event <> 'received'
        and if(e.event = 'bounced', m.bounced, not m.undelivered or e.event in ('sent', 'failed'))
        -- A scanner that followed the link unsubscribed nobody.
        and not (e.event = 'unsubscribed' and e.machine)
    union all by name
    select * from by_lead
    union all by name
    select
        e.event_id, e.event, e.channel, e.occurred_at, e.machine, e.sentiment, e.reply_category, e.url,
        true as counted, a.action_id, a.lead, a.campaign, a."user", a.sender_provider, a.recipient_provider
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
    -- docs/numbers.md: of a category the negative phrases stand for; `refusals` holds those that say one.
    owned.event = 'replied' and owned.sentiment is not null
        and coalesce(owned.reply_category in ('unsubscribe', 'not_interested'), false) as refusal
from owned
