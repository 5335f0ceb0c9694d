-- The last e-mail of every journey that something can be due in, and whether one of the journey bounced.
-- In: `sends`, `told`, `ends`. Grain: (lead, campaign). No older e-mail than $since has a wait that is not long over;
-- of leads the source tells a step of, all are looked at.
with

latest as (
    select
        lead, campaign,
        max(struct_pack(t0 := t0, message_id := message_id, step := step, "user" := "user", sender := sender)) as mail
    from sends
    where (t0 >= $since or lead in (select lead from told)) and not starts_with(lead, '~')
    group by lead, campaign
)

select
    l.lead, l.campaign, l.mail.t0 as t0, l.mail.message_id as message_id, l.mail.step as step,
    l.mail."user" as "user", l.mail.sender as sender,
    local_time(l.mail.t0)::date as day,
    coalesce(e.bounced, false) as bounced
from latest as l
left join ends as e on l.lead = e.lead and l.campaign = e.campaign
