-- The first human reply of each e-mail of a campaign report, by category. In: `reported`, `reported_events`.
select h.category, m.sentiment, count(*) as n
from reported as m
join reported_events as h on m.reply_event = h.event_id
where not m.undelivered
group by h.category, m.sentiment
order by n desc, h.category, m.sentiment
