-- The additive cube of rates: units by the local day of their start, and how many of them had each event.
-- Opens and clicks of untracked units count nowhere.
--
-- One slice a dimension (`slice`), so that the cube stays at some kB: a question about one dimension reads its
-- slice, one about several at once the slice 'fine', which is made for it (data/slices.py, data/warehouse.py).
-- Grain: every column up to recipient_provider.
select
    workspace_id,
    {slice} as slice,
    attribution,
    base,
    track_opens,
    track_clicks,
    local_t0::date as day,
    campaign,
    "user",
    step,
    sender_provider,
    recipient_provider,
    count(*) as units,
    count(bounced_at) as bounce,
    count(replied_at) as reply,
    count(*) filter (sentiment = 'positive') as positive_reply,
    count(*) filter (sentiment = 'negative') as negative_reply,
    count(unsubscribed_at) as unsubscribe,
    count(opened_human_at) filter (track_opens) as open_human,
    count(opened_all_at) filter (track_opens) as open_all,
    count(clicked_human_at) filter (track_clicks) as click_human,
    count(clicked_all_at) filter (track_clicks) as click_all,
    min(t0) as t0_min,
    max(t0) as t0_max
from unit_rows
group by grouping sets ({grain})
