-- A workspace in which nothing came in yet: the columns of `events` (facts.py COLUMNS), no rows.
select
    null::integer as workspace_id, null::varchar as event_id, null::varchar as event, null::varchar as channel,
    null::timestamp as occurred_at, null::timestamp as received_at, null::varchar as message_id,
    null::varchar as campaign, null::varchar as step, null::varchar as variation, null::varchar as lead,
    null::varchar as "user", null::varchar as sender, null::varchar as sender_provider,
    null::varchar as recipient_provider, null::boolean as machine, null::boolean as person, null::boolean as track_opens,
    null::boolean as track_clicks, null::varchar as sentiment, null::varchar as url,
    null::varchar as reply_category, null::varchar as bounce_kind
where false
