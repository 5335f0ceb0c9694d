-- Everything that is kept about some people, oldest first: what names them, and what names a message sent to them.
-- In: `all_events` of one workspace. Parameters: $leads, $messages (ids of the messages sent to them), $most, $shown (characters of a reply).
select
    event_id, event, channel, occurred_at, message_id, campaign, step, lead, "user", sender, subject, url, category,
    left(reply_text, $shown) as reply_text, reply_category, bounce_kind, server_response, machine,
    if(machine, coalesce(machine_reason, 'the source says so'), null) as machine_reason, sentiment, person,
    coalesce(length(reply_text), 0) as reply_length
from all_events
where lead in (select unnest($leads::varchar[])) or message_id in (select unnest($messages::varchar[]))
order by occurred_at desc, event_id desc
limit $most
