-- The people of a campaign to whom something happened, each once, with the first time. In: `mails`.
-- not_opened: who got at least one tracked e-mail and opened none, with the time of the last one sent to them.
with

people as (
    select
        lead,
        min(opened_at) filter (not undelivered and track_opens) as opened,
        min(clicked_at) filter (not undelivered and track_clicks) as clicked,
        min(replied_at) filter (not undelivered) as replied,
        min(unsubscribed_at) filter (not undelivered) as unsubscribed,
        min(bounced_at) as bounced,
        max(t0) filter (not undelivered and track_opens) as tracked
    from mails
    where lead is not null and day between $first and $last and t0 >= $since and t0 < $until
    group by lead
),

chosen as (
    select
        lead,
        case $event
            when 'opened' then opened
            when 'not_opened' then if(opened is null, tracked, null)
            when 'clicked' then clicked
            when 'replied' then replied
            when 'unsubscribed' then unsubscribed
            when 'bounced' then bounced
        end as "at"
    from people
)

select lead, "at", count(*) over () as people
from chosen
where "at" is not null
order by "at" desc, lead
limit $limit
