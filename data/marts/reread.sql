-- The messages of a refresh whose state cannot be merged from what is stored and what is fresh: all their events are read
-- again. In: `fresh`, `fresh_hints`, `before`. Grain: message_id. Rare, and exact: where none of this holds, what is stored
-- stays as it is beside what is fresh.
select k.workspace_id, k.message_id, coalesce(k.first_at, timestamp '1900-01-01') as first_at, k.last_at
from fresh as f
join before as k on f.workspace_id = k.workspace_id and f.message_id = k.message_id
left join fresh_hints as h on f.workspace_id = h.workspace_id and f.message_id = h.message_id
where
    -- Told to be sent only now, or once more: its fields and what its events mean may be others.
    f.sent_at is not null
    -- Delivered at another moment than was known, with openings or clicks near it.
    or (
        f.delivered_at < coalesce(k.delivered_at, timestamp '9999-01-01')
        and k.opens_all + k.clicks_all > 0
        and least(k.opened_all_at, k.clicked_all_at)
            <= greatest(k.sent_at, k.delivered_at, f.delivered_at) + interval 5 second
    )
    -- Clicks on both sides that may be within 10 seconds of each other.
    or (
        f.clicks_all > 0
        and k.clicks_all > 0
        and f.clicked_all_at <= k.last_at + interval 10 second
        and f.last_at >= k.clicked_all_at - interval 10 second
    )
    -- A field is told otherwise than it stands: it may be one that the `sent` left untold.
    or (
        k.sent_at is not null
        and (
            h.campaign.v <> k.campaign or h.step.v <> k.step or h.variation.v <> k.variation
            or h.sender.v <> k.sender or h.lead.v <> k.lead or h."user".v <> k."user"
            or h.sender_provider.v <> k.sender_provider or h.recipient_provider.v <> k.recipient_provider
        )
    )
