-- The events behind an hour of the week (data/cubes/activity.py), newest first, each with its message. In: `mails`, `happenings`.
with

chosen as (
    select message_id as key, t0 as stamped, local_t0 as "at", message_id, lead, campaign, "user"
    from mails
    where $event = 'sent' and day between $first and $last
    union all
    select event_id, h."at", h.local_at, h.action_id, h.lead, h.campaign, h."user"
    from happenings as h
    where h.event = $event and h.event <> 'sent' and h.channel = 'email' and h.counted and h.day between $first and $last
        and (h.event <> 'replied' or h.human_reply)
),

counted as (
    select
        *,
        ($weekday is null or isodow("at") = $weekday) and ($hour is null or hour("at") = $hour) as counted
    from chosen
)

select
    c.key, c.stamped, c.lead, c.campaign, c."user", c."at", c.counted,
    m.step, m.variation, m.sender, m.local_t0 as sent_at, null as url, null as category,
    null as sentiment,
    (select count(*) filter (counted) from counted) as n,
    (select count(*) from counted) as base
from counted as c
left join mails as m on c.message_id = m.message_id
where (c.counted or $part = 'base')
    and ($after_at is null or c.stamped < $after_at or (c.stamped = $after_at and c.key < $after_key))
order by c.stamped desc, c.key desc
limit $limit
