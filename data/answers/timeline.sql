-- Equal events of one action in one group, newest first (METRICS §5: which statuses are shown). In: `happenings`.
select
    max("at") as "at",
    channel,
    event,
    coalesce(any_value(lead), '(none)') as lead,
    any_value(campaign) as campaign,
    count(*) as n
from happenings
where day between $first and $last and "at" >= $since and "at" < $until
    and (
        (channel in ('email', 'video') and (event in ('opened', 'clicked') or human_reply))
        or (channel = 'video' and event in ('video_opened', 'video_watched'))
        or (channel = 'postcard'
            and event in ('mailed', 'in_transit', 'local_area', 'processed', 'delivered', 'returned', 'rerouted'))
        or (channel = 'gift_card' and event in ('mailed', 'delivered'))
        or (channel = 'handwritten_note' and event = 'mailed')
        or (channel = 'phone' and event in ('booked', 'call_back', 'left_message', 'bad_number', 'not_interested'))
        or (channel in ('linkedin', 'other') and event = 'completed')
    )
group by channel, action_id, event
order by "at" desc, channel, event, lead, action_id
limit $limit
