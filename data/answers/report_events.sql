-- All opens, clicks and complaints of a campaign report's e-mails; deliveries that were told. In: `reported_events`.
select
    count(*) filter (event = 'opened' and track_opens) as total_opens,
    count(*) filter (event = 'clicked' and track_clicks) as total_clicks,
    count(distinct action_id) filter (event = 'complained') as complaints,
    count(distinct action_id) filter (event = 'delivered') as confirmed
from reported_events
