-- Whom the source tells a step of that can be due by $last, or as soon as can be. In: `planned`. Grain: (lead, campaign).
select lead
from planned
where state <> 'finished'
    and (
        next_step_at < $last::date + 3
        or next_step_on <= $last::date
        or (next_step_at is null and next_step_on is null and state in ('in_trigger', 'not_started'))
    )
