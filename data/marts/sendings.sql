-- The sendings among the activity, once a message. In: {sends} (sends.sql). Grain: message_id. `sign` as in happened.sql.
select workspace_id, t0 as stamp, h, {sign} as sign
from {sends}
