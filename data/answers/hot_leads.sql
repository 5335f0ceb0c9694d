-- The most engaged people: how many qualifying events each had in the range. In: `engagements`.
select
    lead,
    count(*) as score,
    max("at") as latest,
    count(*) filter (kind = 'reply') as reply,
    count(*) filter (kind = 'multiple_opens') as multiple_opens,
    count(*) filter (kind = 'click') as click,
    count(*) filter (kind = 'video_watched') as video_watched,
    count(*) filter (kind = 'incoming') as incoming
from engagements
where kind in ('reply', 'multiple_opens', 'click', 'video_watched', 'incoming')
group by lead
order by score desc, latest desc, lead
limit $limit
