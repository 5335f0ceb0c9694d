-- The e-mails that events belong to which do not stand beside them: named, or the lead's of one that names only that.
-- In: `sends`, `events`. Grain: message_id.
select
    message_id, t0, campaign, "user", sender_provider, recipient_provider,
    if(starts_with(lead, '~'), null, lead) as lead,
    bounced_at is not null as bounced,
    not eligible as undelivered,
    sent_at, delivered_at, burst_clicks, track_opens, track_clicks, first_bounced_at
from sends
where message_id in (select message_id from events where message_id is not null)
    or lead in (select lead from events where channel = 'email' and message_id is null and lead is not null)
