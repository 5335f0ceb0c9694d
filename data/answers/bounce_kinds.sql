-- How each bounced e-mail bounced: the strongest kind that stands. In: `sends`. Grain: message_id.
select
    message_id,
    case
        when last_hard_at is not null and coalesce(last_hard_at >= last_replied_at, true) then 'hard'
        when last_block_at is not null and coalesce(last_block_at >= greatest(arrived_at, last_replied_at), true)
            then 'block'
        when last_soft_at is not null and coalesce(last_soft_at >= greatest(arrived_at, last_replied_at), true)
            then 'soft'
    end as bounce_kind
from sends
where bounced_at is not null
