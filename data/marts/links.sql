-- Clicks by the link, the message they came from and its lead, on the local day they happened: what distinct messages
-- and people are counted from, for no sum of days could tell them. In: `happened` (happened*.sql), `zones`, `combos`;
-- macro local_time(zone, ts).
-- Grain: (workspace_id, url, day, message_id, lead, campaign, user, sender_provider, recipient_provider, machine). All
-- that is asked for stands in the row itself: no other file is read. A refresh writes differences, so n may be negative
-- in a layer; its sum never is.
with

clicks as (
    select
        happened.workspace_id,
        happened.h,
        url,
        message_id,
        lead,
        machine,
        local_time(zones.zone, happened.stamp)::date as day,
        sign
    from happened
    join zones on happened.workspace_id = zones.workspace_id
    where event = 'clicked'
)

select
    clicks.workspace_id,
    url,
    day,
    message_id,
    lead,
    campaign,
    "user",
    sender_provider,
    recipient_provider,
    machine,
    sum(sign)::integer as n
from clicks
join combos on clicks.workspace_id = combos.workspace_id and clicks.h = combos.h
group by clicks.workspace_id, url, day, message_id, lead, campaign, "user", sender_provider, recipient_provider, machine
having sum(sign) <> 0
