-- What ended journeys and does not stand beside an e-mail. In: `stray_happenings`. Grain: event_id.
select
    lead, campaign,
    false as bounced,
    human_reply or (channel = 'phone' and event in ('booked', 'not_interested', 'bad_number')) as answered,
    event in ('unsubscribed', 'complained') as "left"
from stray_happenings
where not machine
