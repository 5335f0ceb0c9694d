-- Equal events of one action in one group, newest first, of the events between $low and $high that come after a
-- place in that order. In: `happenings`; the condition of timeline_shown.sql goes in.
with

groups as (
    select
        max("at") as "at",
        channel,
        event,
        coalesce(any_value(lead), '(none)') as lead,
        action_id,
        any_value(campaign) as campaign,
        any_value("user") as "user",
        count(*) as n
    from happenings
    where day between $first and $last and "at" >= $low and "at" <= $high and ({shown})
    group by channel, action_id, event
)

select * from groups
where $after_at is null
    or "at" < $after_at
    or (
        "at" = $after_at
        and (channel, event, lead, action_id) > ($after_channel, $after_event, $after_lead, $after_action)
    )
order by "at" desc, channel, event, lead, action_id
limit $limit
