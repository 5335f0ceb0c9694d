-- What names no message: which one it belongs to depends on what was sent to its lead before it, so it is kept and
-- attributed anew at every build. Grain: (workspace_id, event_id). Opens, clicks and bounces are activity of that
-- message, and no more: nothing says they are of this one (messages.sql looks at replies and unsubscribes only).
-- A reply or unsubscribe that names nobody at all has lead '': it is counted as unattributed. `assigned`: somebody gave an
-- event to a message by hand (data/marts/assigned.py). A reply no person wrote (no sentiment) is kept for what a person
-- may say of it, and given to no message until then. In: {events}.
select workspace_id, event_id, event, coalesce(lead, '') as lead, campaign, occurred_at, machine, reply_category,
    sentiment, if(event = 'clicked', url, null) as url
from {events}
where message_id is null
    and channel = 'email'
    and (
        (lead is not null and event in ('opened', 'clicked', 'bounced'))
        or (event = 'unsubscribed' and not machine)
        or event = 'replied'
    )
union all
select workspace_id, event_id, 'assigned' as event, coalesce(lead, '') as lead, campaign, occurred_at, machine,
    null as reply_category, null as sentiment, null as url
from {events}
where message_id is not null
    and channel = 'email'
    and event in ('replied', 'unsubscribed')
    and event_id like '%:assigned'
