-- E-mails sent in the last seven days, and how many of them bounced. In: {messages}. $moment: naive UTC.
select count(*) as sent, count(bounced_at) filter (bounced_at <= $moment) as bounced
from {messages}
where t0 > $moment - interval 7 days and t0 <= $moment
