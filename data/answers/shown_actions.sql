-- The actions of a stretch of time, in the columns of actions.sql. In: `shown_mails`, `other_actions`.
select
    'email' as channel, message_id as action_id, any_value(t0) as t0, any_value(if(starts_with(lead, '~'), null, lead)) as lead,
    any_value(campaign) as campaign, any_value("user") as "user", any_value(sender_provider) as sender_provider,
    any_value(recipient_provider) as recipient_provider, false as undelivered, local_time(any_value(t0))::date as day
from shown_mails
group by message_id
union all
select *, local_time(t0)::date as day
from other_actions
