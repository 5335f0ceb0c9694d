-- The links of a campaign report's e-mails, by clicks: $urls are the addresses as they came, $links what each is one
-- with (data/events/links.py). In: `reported_events`.
with

named as (
    select unnest($urls::varchar[]) as url, unnest($links::varchar[]) as link
)

select
    coalesce(named.link, '(none)') as url,
    count(*) as clicks,
    count(distinct action_id) as "unique",
    count(distinct lead) as leads,
    sum(count(*)) over () as all_clicks
from reported_events
left join named on reported_events.url = named.url
where event = 'clicked'
group by 1
order by clicks desc, "unique" desc, 1
limit $limit
