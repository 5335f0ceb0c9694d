-- The units of the rates (METRICS §2), with variation and sender, which no cube knows. In: `whole_mails`: a journey is of who
-- began it, so it is looked at whole; the scope is put on the units.
-- As marts/unit_rows.sql: base 'all' for bounces, base 'eligible' for all else; per lead the attributes are those
-- of the journey's first message of all, or of its first eligible one.
with

any_first as (
    select *, count(*) over journey = count(bounced_at) over journey as every_one_bounced
    from whole_mails
    window journey as (partition by journey_lead, campaign)
    qualify row_number() over (partition by journey_lead, campaign order by t0, message_id) = 1
),

eligible as (
    select * from whole_mails where not bounced
),

eligible_first as (
    select * from eligible
    qualify row_number() over (partition by journey_lead, campaign order by t0, message_id) = 1
),

first_replies as (
    select journey_lead, campaign, sentiment
    from eligible
    where replied_at is not null
    qualify row_number() over (
        partition by journey_lead, campaign order by replied_at, message_id, reply_event
    ) = 1
),

journeys as (
    select
        journey_lead,
        campaign,
        bool_or(track_opens) as track_opens,
        bool_or(track_clicks) as track_clicks,
        count(opened_human_at) > 0 as open_human,
        count(opened_all_at) > 0 as open_all,
        count(clicked_human_at) > 0 as click_human,
        count(clicked_all_at) > 0 as click_all,
        count(unsubscribed_at) > 0 as unsubscribe
    from eligible
    group by journey_lead, campaign
)

select
    'email' as attribution, 'all' as base, day, campaign, step, variation, "user", sender, sender_provider,
    recipient_provider, true as track_opens, true as track_clicks, bounced as bounce, false as open_human,
    false as open_all, false as click_human, false as click_all, null::varchar as sentiment, false as unsubscribe
from whole_mails
union all
select
    'email', 'eligible', day, campaign, step, variation, "user", sender, sender_provider, recipient_provider,
    track_opens, track_clicks, false, opened_human_at is not null, opened_all_at is not null,
    clicked_human_at is not null, clicked_all_at is not null,
    if(replied_at is null, null, sentiment), unsubscribed_at is not null
from eligible
union all
select
    'lead', 'all', day, campaign, step, variation, "user", sender, sender_provider, recipient_provider,
    true, true, every_one_bounced, false, false, false, false, null, false
from any_first
union all
select
    'lead', 'eligible', f.day, f.campaign, f.step, f.variation, f."user", f.sender, f.sender_provider,
    f.recipient_provider, j.track_opens, j.track_clicks, false, j.open_human, j.open_all, j.click_human,
    j.click_all, r.sentiment, j.unsubscribe
from eligible_first as f
join journeys as j on f.journey_lead = j.journey_lead and f.campaign = j.campaign
left join first_replies as r on f.journey_lead = r.journey_lead and f.campaign = r.campaign
