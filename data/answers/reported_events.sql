-- What a campaign report tells of its e-mails' events, repeats included. In: `reported`, `happenings`. Grain: event_id.
select h.event_id, h.event, h."at", h.action_id, h.lead, h.url, h.category, m.t0, m.track_opens, m.track_clicks
from happenings as h
join reported as m on h.action_id = m.message_id
where h.channel = 'email' and h.counted and h.event in ('opened', 'clicked', 'replied', 'complained', 'delivered')
