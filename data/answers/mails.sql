-- The e-mails that were sent, with the first of everything that happened to each (marts/messages.sql), and its
-- local time. In: `sends`. Grain: message_id.
select
    s.* exclude (workspace_id, lead),
    -- A message that names nobody is nobody's: no person is counted for it.
    if(starts_with(s.lead, '~'), null, s.lead) as lead,
    s.lead as journey_lead,
    s.bounced_at is not null as bounced,
    -- Bounced or refused: nobody received it.
    not s.eligible as undelivered,
    local_time(s.t0) as local_t0,
    local_time(s.t0)::date as day
from sends as s
