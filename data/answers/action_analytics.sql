-- Actions begun in the range, by channel, and how many of them ever reached each status up to as of.
-- A status is counted once an action, so it never exceeds the actions. In: `actions`, `happenings`.
with

begun as (
    select channel, action_id from actions where day between $first and $last and t0 >= $since and t0 < $until
),

reached as (
    select distinct channel, action_id, event as status
    from happenings
    semi join begun using (channel, action_id)
    where event <> 'sent' and counted and (event <> 'replied' or human_reply)
)

select channel, null as status, count(*) as n from begun group by channel
union all
select channel, status, count(*) as n from reached group by channel, status
order by channel, status nulls first
