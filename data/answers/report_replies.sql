-- The first human reply of each e-mail begun in the range, by category. In: `mails`, `happenings`.
select h.category, m.sentiment, count(*) as n
from mails as m
join happenings as h on m.reply_event = h.event_id
where not m.bounced and m.day between $first and $last and m.t0 >= $since and m.t0 < $until
group by h.category, m.sentiment
order by n desc, h.category, m.sentiment
