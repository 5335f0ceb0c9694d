-- Every state that the messages of some journeys were in on one local day, and since and until when.
-- Out: temp table `stated`: a row per message and state of its journey, without what happened after the state began.
-- {messages}: a SELECT of the rows of the mart; {blank}: REPLACE (…) of the dimensions nobody asks for.
-- $earliest..$latest: only journeys with a message of then; $begin..$end: the local day, naive UTC. The first state is
-- that of $begin; each stamp within the day begins another one.
create temp table stated as
with

mail as materialized (
    select
        message_id, lead, campaign, "user", step, variation, sender, sender_provider, recipient_provider,
        t0, track_opens, track_clicks, coalesce(bounced_at, first_bounced_at) as bounced_at, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at,
        replied_at, reply_event, sentiment, unsubscribed_at, failed_at,
        -- Until what contradicted it came, a bounce stood.
        if(
            bounced_at is null and first_bounced_at is not null,
            if(
                greatest(last_hard_at, last_unknown_at) is null,
                least(arrived_at, last_replied_at),
                if(replied_at > greatest(last_hard_at, last_unknown_at), replied_at, last_replied_at)
            ),
            null
        ) as contradicted_at
    from ({messages})
    where t0 < $end
),

chosen as (
    select distinct lead, campaign from mail where t0 between $earliest and $latest
),

own as (
    select * {blank} from mail semi join chosen using (lead, campaign)
),

stamps as (
    select
        lead,
        campaign,
        unnest([
            t0, bounced_at, opened_human_at, opened_all_at, clicked_human_at, clicked_all_at, replied_at,
            unsubscribed_at, failed_at, contradicted_at
        ]) as stamp
    from own
),

states as (
    select
        "lead",
        campaign,
        since,
        lead(since) over (partition by "lead", campaign order by since) as until
    from (
        select distinct "lead", campaign, greatest(stamp, $begin) as since
        from stamps
        where stamp < $end
    )
)

select
    own.* exclude (contradicted_at) replace (
        if(bounced_at <= since and coalesce(contradicted_at > since, true), bounced_at, null) as bounced_at,
        if(opened_human_at <= since, opened_human_at, null) as opened_human_at,
        if(opened_all_at <= since, opened_all_at, null) as opened_all_at,
        if(clicked_human_at <= since, clicked_human_at, null) as clicked_human_at,
        if(clicked_all_at <= since, clicked_all_at, null) as clicked_all_at,
        if(replied_at <= since, replied_at, null) as replied_at,
        if(replied_at <= since, reply_event, null) as reply_event,
        if(replied_at <= since, sentiment, null) as sentiment,
        if(unsubscribed_at <= since, unsubscribed_at, null) as unsubscribed_at,
        if(failed_at <= since, failed_at, null) as failed_at
    ),
    states.since,
    states.until
from own
join states on own.lead = states.lead and own.campaign = states.campaign and own.t0 <= states.since
