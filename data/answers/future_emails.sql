-- How many e-mails fall due, by day, queue and why. In: `due_emails`.
select queue, origin, due_day, count(*) as n
from due_emails
group by all
