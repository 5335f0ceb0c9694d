-- Events by local weekday (1 = Monday) and hour. In: `mails`, `happenings`.
with

chosen as (
    select local_t0 as local_at from mails
    where $event = 'sent' and day between $first and $last and t0 >= $since and t0 < $until
    union all
    select local_at from happenings
    where event = $event and event <> 'sent' and channel = 'email' and counted and day between $first and $last
        and "at" >= $since and "at" < $until
        and (event <> 'replied' or human_reply)
)

select isodow(local_at) as weekday, hour(local_at) as hour, count(*) as n
from chosen
group by all
