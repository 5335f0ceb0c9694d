-- Units of both attributions in one form, local time beside UTC. In: `sends`, `journeys`; macro local_time(ts).
-- Two rows a unit that did not bounce: base 'all' (the bounce rate and e-mails sent: every unit, at its first
-- message) and base 'eligible' (every other rate). METRICS §2, "Eligible units".
with

email as (
    select workspace_id, 'email' as attribution, 'all' as base, t0, campaign, "user", step, sender_provider,
        recipient_provider, true as track_opens, true as track_clicks, bounced_at,
        null::timestamp as opened_human_at, null::timestamp as opened_all_at,
        null::timestamp as clicked_human_at, null::timestamp as clicked_all_at,
        null::timestamp as replied_at, null::varchar as sentiment, null::timestamp as unsubscribed_at
    from sends
    union all
    select workspace_id, 'email', 'eligible', t0, campaign, "user", step, sender_provider,
        recipient_provider, track_opens, track_clicks, null,
        opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
        replied_at, sentiment, unsubscribed_at
    from sends
    where bounced_at is null
),

lead as (
    select workspace_id, 'lead' as attribution, 'all' as base, any_t0 as t0, campaign, any_user as "user",
        any_step as step, any_sender_provider as sender_provider,
        any_recipient_provider as recipient_provider, true as track_opens, true as track_clicks, bounced_at,
        null::timestamp as opened_human_at, null::timestamp as opened_all_at,
        null::timestamp as clicked_human_at, null::timestamp as clicked_all_at,
        null::timestamp as replied_at, null::varchar as sentiment, null::timestamp as unsubscribed_at
    from journeys
    union all
    select workspace_id, 'lead', 'eligible', t0, campaign, "user", step, sender_provider,
        recipient_provider, track_opens, track_clicks, null,
        opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
        replied_at, sentiment, unsubscribed_at
    from journeys
    where t0 is not null
)

select *, local_time(t0) as local_t0
from (select * from email union all select * from lead)
