-- The actions of a type begun in the range (action_analytics.sql), those that reached a status or all, the newest
-- first. `at`: when it was reached first. In: `actions`, `happenings`, `mails`.
with

begun as (
    select channel, action_id, t0, lead, campaign, "user"
    from actions
    where channel = $category and day between $first and $last and t0 >= $since and t0 < $until
),

reached as (
    select h.action_id, min(h.local_at) as "at"
    from happenings as h
    semi join begun as b on h.action_id = b.action_id
    where h.channel = $category and h.event = $status and h.event <> 'sent'
        and (h.event <> 'replied' or h.human_reply)
    group by h.action_id
),

chosen as (
    select b.*, r."at", $status is null or r.action_id is not null as counted
    from begun as b
    left join reached as r on b.action_id = r.action_id
)

select
    c.action_id as key, c.t0 as stamped, c.lead, c.campaign, c."user", c."at", c.counted,
    m.step, m.variation, m.sender, local_time(c.t0) as sent_at,
    null as url, null as category, null as sentiment,
    (select count(*) filter (counted) from chosen) as n,
    (select count(*) from chosen) as base
from chosen as c
left join mails as m on $category = 'email' and c.action_id = m.message_id
where (c.counted or $part = 'base')
    and ($after_at is null or c.t0 < $after_at or (c.t0 = $after_at and c.action_id < $after_key))
order by c.t0 desc, c.action_id desc
limit $limit
