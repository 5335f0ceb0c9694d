-- The first human reply of each message, where it came in the range, by category. In: `mails`, `happenings`.
select h.category, m.sentiment, count(*) as n
from mails as m
join happenings as h on m.reply_event = h.event_id
where not m.undelivered and h.human_reply and h.day between $first and $last and h."at" >= $since and h."at" < $until
group by h.category, m.sentiment
order by n desc, h.category, m.sentiment
