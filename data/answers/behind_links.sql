-- What is behind a link (marts/links.sql): its clicks, the e-mails or the people they came from, each by its first
-- click on it. Newest first, each with its message. In: `mails`, `happenings`.
with

chosen as (
    select event_id as key, "at" as stamped, local_at as "at", action_id, lead, campaign, "user",
        coalesce(url, '(none)') as url
    from happenings
    where event = 'clicked' and channel = 'email' and counted and day between $first and $last
),

counted as (
    select *, $link is null or url = $link as counted
    from chosen
    where $part = 'base' or $link is null or url = $link
    qualify $measured = 'clicks'
        or ($measured = 'unique'
            and row_number() over (partition by url, action_id order by stamped, key) = 1)
        or ($measured = 'leads' and lead is not null
            and row_number() over (partition by url, lead order by stamped, key) = 1)
)

select
    c.key, c.stamped, c.lead, c.campaign, c."user", c."at", c.counted, c.url,
    m.step, m.variation, m.sender, m.local_t0 as sent_at, null as category,
    null as sentiment,
    (select count(*) filter (counted) from counted) as n,
    (select count(*) from chosen) as base
from counted as c
left join mails as m on c.action_id = m.message_id
where $after_at is null or c.stamped < $after_at or (c.stamped = $after_at and c.key < $after_key)
order by c.stamped desc, c.key desc
limit $limit
