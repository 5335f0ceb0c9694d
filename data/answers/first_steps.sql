-- The first e-mail of each campaign. In: `plan_steps`.
select campaign, arg_min(step, (position, step)) as step
from plan_steps
where channel = 'email'
group by campaign
