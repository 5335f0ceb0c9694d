-- What came of the e-mails to some people: machines left out, bounced e-mails not counted. In: `sends`,
-- `seen` (those people). Grain: lead.
select
    lead,
    count(*) filter (bounced_at is null) as sent,
    count(*) filter (bounced_at is null and opened_human_at is not null) as opened,
    count(*) filter (bounced_at is null and clicked_human_at is not null) as clicked,
    count(*) filter (bounced_at is null and replied_at is not null) as replied,
    count(*) filter (bounced_at is null and sentiment = 'positive') as positive
from sends
where lead in (select lead from seen)
group by lead
