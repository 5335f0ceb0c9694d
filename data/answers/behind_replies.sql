-- The e-mails behind a category of replies (reply_categories.sql), the newest reply first. In: `mails`, `happenings`.
with

chosen as (
    select
        m.message_id as key, h."at" as stamped, h.local_at as "at", m.lead, m.campaign, m."user", m.step,
        m.variation, m.sender, m.local_t0 as sent_at, h.category, m.sentiment,
        ($category is null or h.category = $category) and ($sentiment is null or m.sentiment = $sentiment)
            as counted
    from mails as m
    join happenings as h on m.reply_event = h.event_id
    where not m.undelivered and h.human_reply and h.day between $first and $last
)

select
    *, "at" as replied_at, null as url,
    (select count(*) filter (counted) from chosen) as n,
    (select count(*) from chosen) as base
from chosen
where (counted or $part = 'base')
    and ($after_at is null or stamped < $after_at or (stamped = $after_at and key < $after_key))
order by stamped desc, key desc
limit $limit
