-- The next e-mail of every journey under way that is due by $last: when (local), from which address, and why.
-- In: `sequences`, `next_steps`. What the source told is used until an e-mail went out at or after that moment;
-- from then on, and where it told nothing, the wait of the next step since the last e-mail counts.
-- `queue`: the mailbox it leaves from, one of $boxes, '' where none of them is known. `day`: the day it may leave
-- on, which may be over; `at`: the moment it is due, where it is one of today. Nothing here hangs on the time of day.
-- Grain: (lead, campaign).
with

going as (
    select
        s.*,
        n.wait_days,
        case when s.last_step is null then f.step else n.next_step end as step,
        s.told and s.state in ('in_trigger', 'not_started') and s.next_step_at is null and s.next_step_on is null as soon,
        -- A moment may be late in the day; a day never is.
        s.told and s.next_step_at is not null as exact
    from sequences as s
    left join next_steps as n on s.campaign = n.campaign and s.last_step = n.step
    left join first_steps as f on s.campaign = f.campaign
    where s.open
),

due as (
    select
        lead, campaign, step, sender, "user", soon, exact, told,
        case
            when told and state = 'paused_until' then 'resumed'
            when told and state in ('in_trigger', 'not_started') then state
            else 'follow_up'
        end as origin,
        case
            when told then coalesce(local_time(next_step_at), next_step_on::timestamp)
            when last_sent_at is not null then
                local_time(last_sent_at) + to_seconds(cast(wait_days * 86400 as bigint))
        end as due_at
    from going
),

days as (
    select
        *,
        -- Nobody said when, and nothing was sent yet: as soon as can be.
        case when soon then $tomorrow::date else due_at::date end as due_on,
        -- Past the end of today's window, or of any mailbox's, it waits for the next day.
        coalesce(exact and strftime(due_at, '%H:%M') >= $window_end, false) as past_window
    from due
    where (soon or due_at is not null)
        -- Follow-ups worked out from steps that did not come for two weeks: the sequence was stopped elsewhere.
        and (told or due_at::date >= $today::date - 14)
),

moved as (
    select *, due_on + past_window::integer as day
    from days
)

select
    lead, campaign, step, sender, "user", origin, past_window,
    case when soon then null else due_on end as due_on,
    if(list_contains($boxes::varchar[], lower(sender)), lower(sender), '') as queue,
    day,
    case when exact and day = $today::date then due_at end as "at"
from moved
-- What the window of the last day shuts out waits on that day, and leaves on one that is not told.
where day - past_window::integer <= $last::date
