-- How many people each audience of a campaign report has. In: `reported`.
with

people as (
    select
        count(opened_at) filter (not undelivered and track_opens) > 0 as opened,
        count(clicked_at) filter (not undelivered and track_clicks) > 0 as clicked,
        count(replied_at) filter (not undelivered) > 0 as replied,
        count(unsubscribed_at) filter (not undelivered) > 0 as unsubscribed,
        bool_or(bounced) as bounced,
        count(*) filter (not undelivered and track_opens) > 0 as tracked
    from reported
    where lead is not null
    group by lead
)

select
    count(*) filter (opened) as opened,
    count(*) filter (tracked and not opened) as not_opened,
    count(*) filter (clicked) as clicked,
    count(*) filter (replied) as replied,
    count(*) filter (bounced) as bounced,
    count(*) filter (unsubscribed) as unsubscribed
from people
