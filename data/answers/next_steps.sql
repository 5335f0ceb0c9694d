-- After each step, the next e-mail and the days until it: waits of steps that are no e-mail add up. In: `plan_steps`.
with

follows as (
    select
        s.campaign, s.step,
        min(e.position) as next_position,
        arg_min(e.step, (e.position, e.step)) as next_step,
        any_value(s.position) as position
    from plan_steps as s
    join plan_steps as e on s.campaign = e.campaign and e.channel = 'email' and e.position > s.position
    group by s.campaign, s.step
)

select f.campaign, f.step, any_value(f.next_step) as next_step, sum(p.wait_days) as wait_days
from follows as f
join plan_steps as p
    on f.campaign = p.campaign and p.position > f.position and p.position <= f.next_position
group by f.campaign, f.step
