-- One page of the units behind a figure, newest first. In: `behind_counted` (behind_counted.sql); macro local_time(zone, ts).
select
    key,
    t0,
    if(starts_with(lead, '~'), null, lead) as lead,
    campaign, step, variation, "user", sender,
    local_time(0, t0) as sent_at,
    local_time(0, if($engagement = 'human', opened_human_at, opened_all_at)) as opened_at,
    local_time(0, if($engagement = 'human', clicked_human_at, clicked_all_at)) as clicked_at,
    local_time(0, replied_at) as replied_at,
    local_time(0, bounced_at) as bounced_at,
    local_time(0, unsubscribed_at) as unsubscribed_at,
    local_time(0, hit_at) as "at",
    sentiment, messages, counted,
    reply_event, replied_at as replied_utc, lead as journey_lead,
    -- Only machines opened, or clicked, it (whichever is asked for).
    not counted and ((opened_all_at is not null and opened_human_at is null)
        or (clicked_all_at is not null and clicked_human_at is null)) as by_machine
from behind_counted
where (counted or ($part = 'base' and left_out is null))
    and ($after_at is null or t0 < $after_at or (t0 = $after_at and key < $after_key))
order by t0 desc, key desc
limit $limit
