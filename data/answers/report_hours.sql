-- Opens and clicks by the whole hours since the e-mail they belong to was sent, the first 24. In: `reported_events`.
-- An event stamped before its e-mail falls in the first hour, as it falls in week 1 (docs/numbers.md).
select
    greatest(0, floor(epoch("at" - t0) / 3600))::integer as hour,
    count(*) filter (event = 'opened' and track_opens) as opens,
    count(*) filter (event = 'clicked' and track_clicks) as clicks
from reported_events
where event in ('opened', 'clicked') and "at" < t0 + interval 24 hour
group by 1
