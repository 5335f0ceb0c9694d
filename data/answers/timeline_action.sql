-- One action, with what its e-mail tells of itself. In: `actions`, `mails`.
select
    a.channel, a.action_id, a.t0, a.lead, a.campaign, a."user", coalesce(m.bounced, false) as bounced,
    m.step, m.variation, m.sender, m.sent_event
from actions as a
left join mails as m on a.channel = 'email' and a.action_id = m.message_id
where a.channel = $channel and a.action_id = $action
