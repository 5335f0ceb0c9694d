-- The links of a campaign report's e-mails, by clicks. In: `reported_events`.
select
    coalesce(url, '(none)') as url,
    count(*) as clicks,
    count(distinct action_id) as "unique",
    count(distinct lead) as leads,
    sum(count(*)) over () as all_clicks
from reported_events
where event = 'clicked'
group by 1
order by clicks desc, "unique" desc, url
limit $limit
