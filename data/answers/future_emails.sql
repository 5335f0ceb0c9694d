-- The next e-mail of every journey under way: when it is due (local), from which address, and why.
-- In: `sequences`, `next_steps`. What the source told is used until an e-mail went out at or after that moment;
-- from then on, and where it told nothing, the wait of the next step since the last e-mail counts.
with

going as (
    select s.*, n.wait_days
    from sequences as s
    left join next_steps as n on s.campaign = n.campaign and s.last_step = n.step
    where s.open
),

due as (
    select
        sender,
        case
            when told and state = 'paused_until' then 'resumed'
            when told and state in ('in_trigger', 'not_started') then state
            else 'follow_up'
        end as origin,
        case
            when told then coalesce(local_time(next_step_at), next_step_on::timestamp)
            when last_sent_at is not null then
                local_time(last_sent_at) + to_seconds(cast(wait_days * 86400 as bigint))
        end as due_at,
        -- Nobody said when, and nothing was sent yet: as soon as can be.
        told and next_step_at is null and next_step_on is null and state in ('in_trigger', 'not_started') as soon,
        -- A moment may be late in the day; a day never is.
        told and next_step_at is not null as exact,
        told
    from going
)

select
    coalesce(sender, '') as sender,
    origin,
    case when soon then $tomorrow::date else due_at::date end as due_on,
    -- Past the end of today's window, or of any mailbox's, it waits for the next day.
    coalesce(exact and strftime(due_at, '%H:%M') >= $window_end, false) as late,
    coalesce(exact and due_at <= $local_now, false) as overdue,
    count(*) as n
from due
where (soon or due_at is not null)
    -- Follow-ups worked out from steps that did not come for two weeks: the sequence was stopped elsewhere.
    and (told or due_at::date >= $today::date - 14)
    and (soon or due_at::date <= $last::date)
group by all
