-- The additive cube of rates: units by the local day of their start, and how many of them had each event.
-- In: `unit_rows`, `combos`. Grain: (workspace_id, attribution, day, combo). docs/numbers.md, "Units and bases", "Rates over a range".
-- units: base of the bounce rate, and e-mails sent. eligible: base of replies and unsubscribes. open_base and
-- click_base: the eligible ones sent with that tracking on. A refresh writes differences, so counts may be
-- negative in a layer; their sum never is. `counted` is sum(sign), or count(*) where all signs are +1: twice as fast.
with

counted as (
    select
        workspace_id,
        attribution,
        day,
        h,
        coalesce({counted} filter (is_unit), 0)::integer as units,
        coalesce({counted} filter (is_unit and bounced_at is not null), 0)::integer as bounce,
        coalesce({counted} filter (is_eligible), 0)::integer as eligible,
        coalesce({counted} filter (is_eligible and track_opens), 0)::integer as open_base,
        coalesce({counted} filter (is_eligible and track_clicks), 0)::integer as click_base,
        coalesce({counted} filter (is_eligible and track_opens and opened_human_at is not null), 0)::integer
            as open_human,
        coalesce({counted} filter (is_eligible and track_opens and opened_all_at is not null), 0)::integer as open_all,
        coalesce({counted} filter (is_eligible and track_clicks and clicked_human_at is not null), 0)::integer
            as click_human,
        coalesce({counted} filter (is_eligible and track_clicks and clicked_all_at is not null), 0)::integer
            as click_all,
        coalesce({counted} filter (is_eligible and replied_at is not null), 0)::integer as reply,
        coalesce({counted} filter (is_eligible and sentiment = 'positive'), 0)::integer as positive_reply,
        coalesce({counted} filter (is_eligible and sentiment = 'negative'), 0)::integer as negative_reply,
        coalesce({counted} filter (is_eligible and unsubscribed_at is not null), 0)::integer as unsubscribe
    from unit_rows
    group by workspace_id, attribution, day, h
)

select counted.workspace_id, attribution, day, combo, counted.* exclude (workspace_id, attribution, day, h)
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
