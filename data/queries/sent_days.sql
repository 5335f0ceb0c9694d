-- E-mails sent per local day (METRICS §4): the bounce base per e-mail is every message there is.
select day, sum(units)::bigint as n
from units
where attribution = 'email'
    and base = 'all'
    and day between $first and $last
group by day
order by day
