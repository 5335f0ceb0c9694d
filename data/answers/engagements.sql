-- What a lead did in the range that says something, one row each (docs/numbers.md). In: `happenings`, `refusals`.
-- Multiple opens are one engagement a message: two opens inside the range at least 60 s apart, at the last of them.
with

inside as (
    select * from happenings
    where day between $first and $last and counted and lead is not null and "at" >= $since and "at" < $until
        -- Told to the reader of the files: most of what happens is that something was sent.
        and event in (
            'opened', 'clicked', 'replied', 'video_opened', 'video_watched', 'booked', 'not_interested', 'unsubscribed',
            'received'
        )
),

multiple_opens as (
    select lead, campaign, max("at") as "at"
    from inside
    where event = 'opened' and channel in ('email', 'video')
    group by lead, campaign, channel, action_id
    having max("at") - min("at") >= interval 60 second
),

others as (
    select
        lead,
        campaign,
        case
            when refusal or (human_reply and event_id in (select event_id from refusals)) then 'refusal'
            when human_reply then 'reply'
            when event = 'clicked' then 'click'
            when event = 'video_opened' then 'video_opened'
            when event = 'video_watched' then 'video_watched'
            when event = 'booked' and channel = 'phone' then 'booked'
            when event = 'not_interested' and channel = 'phone' then 'not_interested'
            when event = 'unsubscribed' then 'unsubscribe'
            when event = 'received' then 'incoming'
        end as kind,
        "at"
    from inside
)

select lead, campaign, 'multiple_opens' as kind, "at" from multiple_opens
union all
select lead, campaign, kind, "at" from others where kind is not null
