-- Units begun in the range and how many of them had the event, by variation or sender. In: `units`.
with

judged as (
    select
        case when $by = 'variation' then variation else sender end as key,
        case $measure
            when 'open_human' then open_human
            when 'open_all' then open_all
            when 'click_human' then click_human
            when 'click_all' then click_all
            when 'reply' then sentiment is not null
            when 'positive_reply' then coalesce(sentiment = 'positive', false)
            when 'negative_reply' then coalesce(sentiment = 'negative', false)
            when 'unsubscribe' then unsubscribe
            else bounce
        end as hit,
        case $data_type when 'open' then track_opens when 'click' then track_clicks else true end as tracked
    from units
    where attribution = $attribution and base = $base and day between $first and $last
)

select
    key,
    count(*) filter (hit and tracked) as n,
    count(*) filter (tracked) as base,
    count(*) filter (not tracked) as untracked
from judged
group by key
order by key
