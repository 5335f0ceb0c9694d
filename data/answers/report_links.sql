-- The links of the e-mails begun in the range, by clicks. In: `mails`, `happenings`.
select
    coalesce(h.url, '(none)') as url,
    count(*) as clicks,
    count(distinct h.action_id) as "unique",
    count(distinct h.lead) as leads,
    sum(count(*)) over () as all_clicks
from happenings as h
join mails as m on h.action_id = m.message_id
where h.channel = 'email' and h.event = 'clicked' and m.day between $first and $last and m.t0 >= $since and m.t0 < $until
group by 1
order by clicks desc, "unique" desc, url
limit $limit
