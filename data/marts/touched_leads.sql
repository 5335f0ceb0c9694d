-- The leads a refresh touches: everything a lead's figures are made of lies within the lead, so with these leads'
-- messages, before and after, the difference in every mart is known. Out: (workspace_id, lead), distinct.
-- In: `fresh`, `fresh_lead_events`, `hints`, `filed` (message_id and lead of the stored rows that have news).
-- Where two leads are possible (a second `sent`, a hint beside a `sent`) both are given: a lead too many costs a look,
-- one too few a wrong figure.
select workspace_id, lead from filed
union
select f.workspace_id, coalesce(if(f.sent_at is null, h.lead.v, f.lead), '~' || f.message_id)
from fresh as f
left join hints as h on f.workspace_id = h.workspace_id and f.message_id = h.message_id
left join filed as k on f.workspace_id = k.workspace_id and f.message_id = k.message_id
where f.sent_at is not null or h.lead is not null or k.message_id is null
union
select workspace_id, lead from fresh_lead_events
