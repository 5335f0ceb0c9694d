-- The last e-mail of every journey that something can be due in. In: `near_sends`. Grain: (lead, campaign).
with

latest as (
    select
        lead, campaign,
        max(struct_pack(t0 := t0, message_id := message_id, step := step, "user" := "user", sender := sender)) as mail
    from near_sends
    group by lead, campaign
)

select
    lead, campaign, mail.t0 as t0, mail.message_id as message_id, mail.step as step, mail."user" as "user",
    mail.sender as sender, local_time(mail.t0)::date as day
from latest
