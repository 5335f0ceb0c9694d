-- Contacts: people who received at least one action in the range (an e-mail that bounced or was refused was not received); engaged: those
-- of them with at least one positive engagement in it. In: `actions`, `engagements`.
with

contacts as (
    select distinct lead from actions
    where day between $first and $last and t0 >= $since and t0 < $until and lead is not null and not undelivered
),

engaged as (
    select lead, kind from engagements
    semi join contacts using (lead)
    where kind in ('multiple_opens', 'reply', 'click', 'video_watched', 'booked')
)

select
    (select count(*) from contacts) as contacts,
    (select count(distinct lead) from engaged) as engaged,
    (select count(distinct lead) from engaged where kind = 'multiple_opens') as multiple_opens,
    (select count(distinct lead) from engaged where kind = 'reply') as reply,
    (select count(distinct lead) from engaged where kind = 'click') as click,
    (select count(distinct lead) from engaged where kind = 'video_watched') as video_watched,
    (select count(distinct lead) from engaged where kind = 'booked') as booked
