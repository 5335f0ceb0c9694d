-- What a first response is measured by: mail coming in, and what a colleague did themselves (a call, a task, a single
-- e-mail). Campaign e-mails are sent by a machine. In: `new_events`. Grain: event_id.
select event_id, lead, event in ('received', 'replied') as incoming, occurred_at
from new_events
where lead is not null
    and (
        event = 'received'
        or (event = 'sent' and category = 'individual')
        or (channel in ('phone', 'linkedin', 'other', 'handwritten_note') and event not in ('failed', 'replied'))
    )
