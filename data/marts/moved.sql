-- The messages of a refresh whose old events must be counted anew: they have some, and what an event of theirs counts
-- as has changed. In: `before`, `messages`, `reread`. Grain: (workspace_id, message_id). first_at, last_at: when the old events
-- were. Rare: an e-mail that bounces after it was opened, a first reply that comes after a later one, an earlier
-- hint where no `sent` came. `t0` is told in every row of the timeline.
select b.workspace_id, b.message_id, b.first_at, b.last_at
from before as b
join messages as m on b.workspace_id = m.workspace_id and b.message_id = m.message_id
left join reread as r on b.workspace_id = r.workspace_id and b.message_id = r.message_id
where (
        b.opens_all + b.clicks_all > 0
        or b.own_replied_at is not null
        or b.own_unsubscribed_at is not null
        or b.first_bounced_at is not null
    )
    and (
        -- What all its events were read again for may be how they count.
        r.message_id is not null
        or (b.failed_at is null) <> (m.failed_at is null)
        or b.t0 is distinct from m.t0
        or (b.bounced_at is null) <> (m.bounced_at is null)
        or (b.own_replied_at is not null and b.reply_event is distinct from m.reply_event)
        or b.lead <> m.lead
        or b.campaign <> m.campaign
        or b."user" <> m."user"
        or b.step <> m.step
        or b.variation <> m.variation
        or b.sender <> m.sender
        or b.sender_provider is distinct from m.sender_provider
        or b.recipient_provider is distinct from m.recipient_provider
    )
