-- What ended journeys, as it stands beside their e-mails: of a bounced one only the bounce counts.
-- In: `ending_sends`. Grain: message_id.
select
    lead, campaign,
    bounced_at is not null as bounced,
    bounced_at is null and replied_at is not null as answered,
    bounced_at is null and unsubscribed_at is not null as "left"
from ending_sends
