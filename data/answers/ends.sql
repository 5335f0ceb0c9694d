-- What ended journeys, as it stands beside their e-mails: of a bounced one only the bounce counts (METRICS §8).
-- In: `own_sends`. Grain: (lead, campaign), those with any of it.
select
    lead, campaign,
    bool_or(bounced_at is not null) as bounced,
    bool_or(bounced_at is null and replied_at is not null) as answered,
    bool_or(bounced_at is null and unsubscribed_at is not null) as "left"
from own_sends
where (bounced_at is not null or replied_at is not null or unsubscribed_at is not null) and not starts_with(lead, '~')
group by lead, campaign
