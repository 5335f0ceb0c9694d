-- The additive cube of rates: units by the local day of their start, and how many of them had each event.
-- In: `unit_rows`, `combos`. Grain: (workspace_id, attribution, day, combo). docs/numbers.md, "Units and bases", "Rates over a range".
-- units: base of the bounce rate, and e-mails sent. eligible: base of replies and unsubscribes. open_base and
-- click_base: the eligible ones sent with that tracking on. A refresh writes differences, so counts may be
-- negative in a layer; their sum never is. The counts are declared in data/figures/units.py:
-- each is sum(sign), or count(*) where all signs are +1, which is twice as fast.
with

counted as (
    select
        workspace_id,
        attribution,
        day,
        h,
        {counts}
    from unit_rows
    group by workspace_id, attribution, day, h
)

select counted.workspace_id, attribution, day, combo, counted.* exclude (workspace_id, attribution, day, h)
from counted
join combos on counted.workspace_id = combos.workspace_id and counted.h = combos.h
