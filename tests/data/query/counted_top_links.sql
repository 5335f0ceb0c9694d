-- Clicks per link in the range: all of them, messages with one, people with one. In: `happenings`.
select
    coalesce(url, '(none)') as url,
    count(*) as clicks,
    count(distinct action_id) as "unique",
    count(distinct lead) as leads,
    sum(count(*)) over () as all_clicks
from happenings
where event = 'clicked' and channel = 'email' and counted and day between $first and $last and "at" >= $since and "at" < $until
group by 1
order by clicks desc, "unique" desc, url
limit $limit
