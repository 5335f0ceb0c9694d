-- Journeys as units, as marts/unit_rows.sql makes them: one that first bounced and then reached its lead is two
-- rows, each with its own start. In: `behind_facts`, the rows of marts/journeys.sql.
select
    lead || chr(31) || campaign as key,
    lead, campaign, step, variation, "user", sender, sender_provider, recipient_provider,
    any_t0 = t0 and (any_user, any_step, any_variation, any_sender, any_sender_provider, any_recipient_provider)
        = ("user", step, variation, sender, sender_provider, recipient_provider) as is_unit,
    true as is_eligible,
    false as all_bounced,
    t0, track_opens, track_clicks, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
    replied_at, sentiment, null::timestamp as bounced_at, unsubscribed_at,
    messages, null::varchar as reply_event
from behind_facts
where t0 is not null and messages > 0
union all
select
    lead || chr(31) || campaign,
    lead, campaign, any_step, any_variation, any_user, any_sender, any_sender_provider, any_recipient_provider,
    true, false, t0 is null,
    any_t0, true, true, null, null, null, null, null, null, bounced_at, null,
    messages, null::varchar as reply_event
from behind_facts
where messages > 0 and any_t0 is not null
    and (
        t0 is null or any_t0 <> t0
        or (any_user, any_step, any_variation, any_sender, any_sender_provider, any_recipient_provider)
            <> ("user", step, variation, sender, sender_provider, recipient_provider)
    )
