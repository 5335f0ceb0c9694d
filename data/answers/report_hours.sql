-- Opens and clicks by the whole hours since the e-mail they belong to was sent, the first 24. In: `mails`, `happenings`.
-- An event stamped before its e-mail falls in the first hour, as it falls in week 1 (METRICS §8).
select
    greatest(0, floor(epoch(h."at" - m.t0) / 3600))::integer as hour,
    count(*) filter (h.event = 'opened' and m.track_opens) as opens,
    count(*) filter (h.event = 'clicked' and m.track_clicks) as clicks
from happenings as h
join mails as m on h.action_id = m.message_id
where h.channel = 'email' and h.event in ('opened', 'clicked') and m.day between $first and $last and m.t0 >= $since and m.t0 < $until
    and h."at" < m.t0 + interval 24 hour
group by 1
