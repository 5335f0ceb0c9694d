-- The units a question is about, with what it counts of each: docs/numbers.md, "Units and bases".
-- In: `behind_units` (behind_messages.sql or behind_journeys.sql); macro local_time(zone, ts). `weeks`: up to which week of
-- the cohort an event counts; null: whenever it came. `left_out`: why a unit that started here is not in the base, with
-- nothing counted of it; null: it is. `by_machine`: only machines did it.
with

measured as (
    select
        *,
        {in_base} as in_base,
        {hit_at} as hit_at,
        {by_machine} as by_machine
    from behind_units
    where t0 between $earliest and $latest
        and ($campaigns is null or list_contains($campaigns::varchar[], campaign))
        and ($users is null or list_contains($users::varchar[], "user"))
        and ($sender_provider is null or sender_provider = $sender_provider)
        and ($recipient_provider is null or recipient_provider = $recipient_provider)
        and ($group is null or $group = case $by
            when 'campaign' then campaign
            when 'user' then "user"
            when 'step' then step
            when 'variation' then variation
            when 'sender' then sender
            when 'sender_provider' then sender_provider
            when 'recipient_provider' then recipient_provider
        end)
),

placed as (
    select
        *,
        local_time(0, t0)::date as day,
        case
            when in_base then null
            when {all_units} then 'another'
            when is_eligible then 'untracked'
            when all_bounced then 'bounced'
            else 'another'  -- a journey that reached its lead later stands in the base with that start
        end as left_out
    from measured
)

select
    * exclude (in_base),
    in_base and hit_at is not null and ($weeks is null or $weeks >= case $clock
        when 'calendar' then greatest(1, datediff('day', date_trunc('week', day)::date, local_time(0, hit_at)::date) // 7 + 1)
        else greatest(1, datediff('microsecond', t0, hit_at) // 604800000000 + 1)
    end) as counted
from placed
where day between $first and $last
    and (in_base or left_out <> 'another')
    and ($cohorts is null or list_contains($cohorts::date[], date_trunc('week', day)::date))
