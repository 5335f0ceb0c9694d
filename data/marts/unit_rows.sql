-- Units of both attributions in one form, with the local day of their start. docs/numbers.md, "Units and bases".
-- In: `sends`, `journeys`, `zones` (workspace_id, zone); macros local_time(zone, ts), combination(…). `sign` is +1, or
-- -1 for what a refresh takes back.
-- `is_unit`: counts in the base of the bounce rate (every unit, at its first message of all).
-- `is_eligible`: counts in every other base. A row is both unless a journey's first message bounced and a later
-- one did not: such a journey is two rows, each with its own start.
with

lead as (
    select
        *,
        combination(campaign, "user", step, variation, sender, sender_provider, recipient_provider) as h,
        combination(campaign, any_user, any_step, any_variation, any_sender, any_sender_provider,
            any_recipient_provider) as any_h
    from journeys
),

units as (
    select workspace_id, 'email' as attribution, true as is_unit, eligible as is_eligible, t0, h,
        track_opens, track_clicks, bounced_at, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
        replied_at, sentiment, unsubscribed_at
    from sends
    union all
    select workspace_id, 'lead', any_t0 = t0 and any_h = h, true, t0, h,
        track_opens, track_clicks, null, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
        replied_at, sentiment, unsubscribed_at
    from lead
    where t0 is not null
    union all
    select workspace_id, 'lead', true, false, any_t0, any_h,
        true, true, bounced_at, null, null, null, null, null, null, null
    from lead
    where t0 is null or any_t0 <> t0 or any_h <> h
)

select
    units.*,
    zones.zone,
    {sign} as sign,
    local_time(zones.zone, units.t0)::date as day
from units
join zones using (workspace_id)
