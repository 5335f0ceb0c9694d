-- Where each journey (lead × campaign) stands: the last e-mail sent, whether anything ended it, what the source says.
-- In: the journeys that are known (known_journeys.sql), `plan_steps`, `plan_campaigns`. Grain: (lead, campaign).
--
-- Ended: a bounced e-mail, an unsubscribe or complaint of that person anywhere; a human reply or a call that booked,
-- found no interest or a wrong number, unless the source tells of a step still to come; or the source says
-- `finished`; or the last known step was sent; or the campaign itself no longer runs. Where neither journeys nor
-- steps are known, 30 quiet days end it. `told`: the source's word is newer than the last e-mail.
with

last_steps as (
    select campaign, max(position) as position from plan_steps where channel = 'email' group by campaign
),

joined as (
    select
        k.lead,
        k.campaign,
        coalesce(k.mail_user, k.acted_user, k.journey_user, c."user", '(none)') as "user",
        k.last_step,
        s.position as last_position,
        k.last_sent_at,
        k.last_sent_on,
        k.sender,
        k.state,
        k.next_step_at,
        k.next_step_on,
        k.state is not null and (
            k.last_sent_at is null
            or coalesce(k.last_sent_at < k.next_step_at, k.last_sent_on < k.next_step_on, false)
        ) as told,
        k.answered,
        k.stopped,
        coalesce(c.status, 'active') in (
            'paused', 'stopped', 'finished', 'completed', 'complete', 'done', 'ended', 'closed', 'archived', 'draft',
            'inactive', 'disabled', 'off', 'suspended', 'canceled', 'cancelled', 'deleted'
        ) as campaign_ended,
        case
            when k.state = 'finished' then false
            when k.next_step_at > k.last_sent_at or k.next_step_on > k.last_sent_on
                or (k.state is not null and k.last_sent_at is null) then true
            when k.state is not null and z.position is null then true
            when z.position is not null then not coalesce(s.position >= z.position, false)
            else coalesce($now::timestamp - k.acted_at < interval 30 day, false)
        end as goes_on
    from ({known}) as k
    left join plan_steps as s on k.campaign = s.campaign and k.last_step = s.step
    left join last_steps as z on k.campaign = z.campaign
    left join plan_campaigns as c on k.campaign = c.campaign
)

select *, goes_on and not stopped and not campaign_ended and (told or not answered) as open
from joined
