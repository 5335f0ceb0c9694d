-- What the open and the click rate per e-mail are made of, as report_totals.sql counts it. In: `mails`.
select
    count(*) filter (not undelivered) as deliveries,
    count(*) filter (not undelivered and track_opens) as open_base,
    count(opened_at) filter (not undelivered and track_opens) as unique_opens,
    count(*) filter (not undelivered and track_clicks) as click_base,
    count(clicked_at) filter (not undelivered and track_clicks) as unique_clicks
from mails
where day between $first and $last and t0 >= $since and t0 < $until
