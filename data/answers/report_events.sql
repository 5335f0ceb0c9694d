-- All opens, clicks and complaints of the e-mails begun in the range, repeats included; deliveries that were told.
select
    count(*) filter (h.event = 'opened' and m.track_opens) as total_opens,
    count(*) filter (h.event = 'clicked' and m.track_clicks) as total_clicks,
    count(distinct h.action_id) filter (h.event = 'complained') as complaints,
    count(distinct h.action_id) filter (h.event = 'delivered') as confirmed
from happenings as h
join mails as m on h.action_id = m.message_id
where h.channel = 'email' and m.day between $first and $last and m.t0 >= $since and m.t0 < $until
