-- Each e-mail due with the day it leaves on, null where that is after the days told: in its queue what is due first
-- leaves first. In: `due_mails`, which were `due_emails`; `due_days`, the first day each may leave on;
-- `coming_slots`, which places of a queue leave on a day. Grain: (lead, campaign).
with

queued as (
    select
        e.* exclude ("at"), d.due_day,
        row_number() over (
            partition by e.queue order by d.due_day, e.due_on nulls last, e.lead, e.campaign
        ) as place
    from due_mails as e
    join due_days as d on e.day = d.day and e."at" is not distinct from d."at"
)

select q.*, s.day as goes_on, q.lead || chr(31) || q.campaign as key
from queued as q
left join coming_slots as s on q.queue = s.queue and q.place > s.first and q.place <= s.last
