-- The messages that were sent, as they count. In: `messages` (messages.sql). Grain: message_id. docs/numbers.md.
-- An opening or click that was not tracked counts nowhere; one stamped before the sending counts at the sending.
-- `eligible`: it did not bounce and was not refused, so it is in the bases of all that people do.
select
    * replace (
        if(track_opens and opened_human_at is not null, greatest(opened_human_at, t0), null) as opened_human_at,
        if(track_opens and opened_all_at is not null, greatest(opened_all_at, t0), null) as opened_all_at,
        if(track_clicks and clicked_human_at is not null, greatest(clicked_human_at, t0), null) as clicked_human_at,
        if(track_clicks and clicked_all_at is not null, greatest(clicked_all_at, t0), null) as clicked_all_at
    ),
    bounced_at is null and failed_at is null as eligible
from {messages}
where t0 is not null
