-- Each e-mail due with the day it leaves on, null where that is after the days told: in its queue what is due first
-- leaves first. In: `due_emails`; `coming_slots`, which places of a queue leave on a day. Grain: (lead, campaign).
with

queued as (
    select *, row_number() over (partition by queue order by due_day, due_on nulls last, lead, campaign) as place
    from due_emails
)

select q.*, s.day as goes_on, q.lead || chr(31) || q.campaign as key
from queued as q
left join coming_slots as s on q.queue = s.queue and q.place > s.first and q.place <= s.last
