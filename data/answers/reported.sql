-- The e-mails of a campaign report: those begun in the range. In: `mails`. Grain: message_id.
select
    message_id, t0, lead, step, variation, bounced, undelivered, track_opens, track_clicks, opened_at, clicked_at, replied_at,
    reply_event, sentiment, unsubscribed_at
from mails
where day between $first and $last and t0 >= $since and t0 < $until
