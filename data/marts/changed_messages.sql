-- What a refresh writes of the messages: rows that are new or differ. In: `messages`, `before`.
-- was_lead: the lead the row had in the layers below, when that is another; with it the rows of a lead can be found
-- in layers without reading them all (see data/marts/layers.py).
select messages.*, if(before.lead <> messages.lead, before.lead, null) as was_lead
from (from messages except select {columns} from before) as messages
left join before on messages.workspace_id = before.workspace_id and messages.message_id = before.message_id
