-- Which events the timeline shows: a condition on `happenings`.
(channel in ('email', 'video') and (event in ('opened', 'clicked') or human_reply))
or (channel = 'video' and event in ('video_opened', 'video_watched'))
or (channel = 'postcard'
    and event in ('mailed', 'in_transit', 'local_area', 'processed', 'delivered', 'returned', 'rerouted'))
or (channel = 'gift_card' and event in ('mailed', 'delivered'))
or (channel = 'handwritten_note' and event = 'mailed')
or (channel = 'phone' and event in ('booked', 'call_back', 'left_message', 'bad_number', 'not_interested'))
or (channel in ('linkedin', 'other') and event = 'completed')
