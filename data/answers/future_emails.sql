-- How many e-mails fall due, by day, queue and why; of today's by the moment. In: `due_emails`.
select queue, origin, day, "at", past_window, count(*) as n
from due_emails
group by all
