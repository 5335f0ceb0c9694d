-- E-mails as units (marts/unit_rows.sql), with what is told of each. In: `behind_facts`, the rows of marts/counted.sql.
select
    message_id as key,
    lead, campaign, step, variation, "user", sender, sender_provider, recipient_provider,
    true as is_unit,
    eligible as is_eligible,
    bounced_at is not null as all_bounced,
    t0, track_opens, track_clicks, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
    replied_at, sentiment, bounced_at, unsubscribed_at,
    1 as messages, reply_event
from behind_facts
where t0 is not null
