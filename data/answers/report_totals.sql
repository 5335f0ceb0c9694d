-- The e-mails of a campaign report: in all, per step, per step and variation. In: `reported`, `bounce_kinds`.
select
    grouping(step) as all_steps,
    grouping(variation) as all_variations,
    step,
    variation,
    count(*) as sent,
    count(distinct lead) as recipients,
    count(*) filter (not undelivered) as deliveries,
    count(*) filter (not undelivered and track_opens) as open_base,
    count(opened_at) filter (not undelivered and track_opens) as unique_opens,
    count(*) filter (not undelivered and track_clicks) as click_base,
    count(clicked_at) filter (not undelivered and track_clicks) as unique_clicks,
    count(*) filter (not undelivered and track_opens and opened_at is not null and clicked_at is not null)
        as opened_and_clicked,
    count(replied_at) filter (not undelivered) as replies,
    count(*) filter (not undelivered and replied_at is not null and sentiment = 'positive') as positive_replies,
    count(*) filter (not undelivered and replied_at is not null and sentiment = 'negative') as negative_replies,
    count(unsubscribed_at) filter (not undelivered) as unsubscribes,
    count(*) filter (bounced) as bounces,
    count(*) filter (bounced and bounce_kind = 'hard') as hard,
    count(*) filter (bounced and bounce_kind = 'soft') as soft,
    count(*) filter (bounced and bounce_kind = 'block') as block
from reported
left join bounce_kinds using (message_id)
group by grouping sets ((), (step), (step, variation))
order by all_steps desc, all_variations desc, try_cast(step as double) nulls last, step, variation
