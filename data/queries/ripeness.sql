-- After how many days what happens to units happens: per kind of event the units that can have one (`day` is null),
-- and how many had theirs within so many whole days of their start (1 to 28; later ones are not looked at).
-- In: {units}, the rows of messages or journeys. $first..$last: when they start, naive UTC.
with

ripe as (
    select * from {units} where t0 between $first and $last
),

hits as (
    select 'bounce' as kind, t0, bounced_at as hit_at from ripe
    union all
    select 'reply', t0, replied_at from ripe where bounced_at is null
    union all
    select 'unsubscribe', t0, unsubscribed_at from ripe where bounced_at is null
    union all
    select 'open_human', t0, opened_human_at from ripe where bounced_at is null and track_opens
    union all
    select 'open_all', t0, opened_all_at from ripe where bounced_at is null and track_opens
    union all
    select 'click_human', t0, clicked_human_at from ripe where bounced_at is null and track_clicks
    union all
    select 'click_all', t0, clicked_all_at from ripe where bounced_at is null and track_clicks
)

select kind, null as day, count(*) as n
from hits
group by kind
union all
select kind, day, count(*) as n
from (
    select kind, greatest(1, (datediff('microsecond', t0, hit_at) + 86399999999) // 86400000000) as day
    from hits
    where hit_at is not null
)
where day <= 28
group by kind, day
