-- The leads a refresh touches: everything a lead's figures are made of lies within the lead, so with these leads'
-- messages, before and after, the difference in every mart is known. Out: (workspace_id, lead), distinct.
-- In: `known` (stored rows of the messages that have news), `states` (the same merged with the news), `hints`,
-- `fresh_lead_events`.
select workspace_id, lead from known
union
select s.workspace_id, coalesce(if(s.sent_at is null, h.lead.v, s.lead), '~' || s.message_id)
from states as s
left join hints as h on s.workspace_id = h.workspace_id and s.message_id = h.message_id
union
select workspace_id, lead from fresh_lead_events
