-- Everything that is kept about some people, newest first: what names them, and what names a message sent to them.
-- In: `all_events` of one workspace. Parameters: $leads, $messages (ids of the messages sent to them), $most, $shown
-- (characters of a reply). Two conditions, two reads: each becomes a filter inside the reader, which one with OR does
-- not; then every column of every event is read.
with named as (
    select * from all_events where lead in (select unnest($leads::varchar[]))
    union all
    select * from all_events
    where message_id in (select unnest($messages::varchar[]))
        and (lead is null or lead not in (select unnest($leads::varchar[])))
)
select
    event_id, event, channel, occurred_at, message_id, campaign, step, lead, "user", sender, subject, url, category,
    left(reply_text, $shown) as reply_text, reply_category, bounce_kind, server_response, machine,
    if(machine, coalesce(machine_reason, 'the source says so'), null) as machine_reason, sentiment, person,
    coalesce(length(reply_text), 0) as reply_length
from named
order by occurred_at desc, event_id desc
limit $most
