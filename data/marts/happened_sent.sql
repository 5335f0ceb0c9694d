-- The sendings among the activity, once a message. In: {sends} (sends.sql). Grain: message_id.
select workspace_id, 'sent' as event, false as machine, '' as category, '' as sentiment, false as is_first,
    t0 as stamp, h, {sign} as sign
from {sends}
