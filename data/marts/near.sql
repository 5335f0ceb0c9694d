-- The e-mails of which an opening or a click may be a machine's because of when it came: in the first seconds
-- after the sending or the delivery, or different links within seconds. Nearly always few. Grain: message_id.
-- In: `events`; `known`: what is stored of these e-mails (workspace_id, message_id, sent_at, delivered_at), or nothing.
-- burst_clicks: the moments of clicks that a click on another link is within 10 seconds of.
with

stamped as (
    select
        workspace_id,
        message_id,
        if(event = 'sent', occurred_at, null) as sent_at,
        if(event = 'delivered', occurred_at, null) as delivered_at,
        if(event = 'opened' and not machine and not person, occurred_at, null) as opened_at,
        if(event = 'clicked', occurred_at, null) as clicked_at
    from {events}
    where message_id is not null and channel = 'email' and event in ('sent', 'delivered', 'opened', 'clicked')
    union all
    select
        workspace_id, message_id, sent_at, delivered_at, null::timestamp as opened_at, null::timestamp as clicked_at
    from {known}
),

near as (
    select
        workspace_id,
        message_id,
        min(sent_at) as sent_at,
        min(delivered_at) as delivered_at,
        count(clicked_at) as clicks
    from stamped
    group by workspace_id, message_id
    having count(clicked_at) > 1
        or min(opened_at) <= coalesce(min(sent_at), min(delivered_at)) + interval 3 second
        or min(clicked_at) <= coalesce(min(delivered_at), min(sent_at)) + interval 5 second
),

clicks as (
    select e.workspace_id, e.message_id, e.occurred_at, e.url
    from {events} as e
    semi join near
        on e.workspace_id = near.workspace_id and e.message_id = near.message_id and near.clicks > 1
    where e.event = 'clicked' and e.channel = 'email' and e.url is not null
),

bursts as (
    select workspace_id, message_id, list_sort(list(occurred_at)) as burst_clicks
    from (
        select distinct c.workspace_id, c.message_id, c.occurred_at
        from clicks as c
        join clicks as d
            on c.workspace_id = d.workspace_id
            and c.message_id = d.message_id
            and c.url <> d.url
            and d.occurred_at between c.occurred_at - interval 10 second and c.occurred_at + interval 10 second
    )
    group by workspace_id, message_id
)

select near.workspace_id, near.message_id, near.sent_at, near.delivered_at, bursts.burst_clicks
from near
left join bursts on near.workspace_id = bursts.workspace_id and near.message_id = bursts.message_id
