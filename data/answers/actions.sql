-- What was done towards leads, one row each. In: `whole_mails`, `other_actions`. Grain: (channel, action_id).
-- An e-mail is an action by its message.
select
    'email' as channel, message_id as action_id, t0, lead, campaign, "user", sender_provider,
    recipient_provider, undelivered, day
from whole_mails
union all
select *, local_time(t0)::date as day
from other_actions
