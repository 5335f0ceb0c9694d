-- Which events there are that do not stand beside an e-mail. In: `events`.
select
    coalesce(bool_or(event = 'complained'), false) as complaints,
    coalesce(bool_or(channel <> 'email'), false) as other_channels,
    -- What a machine is said to have answered ends nothing, and beside its e-mail it is not told apart.
    coalesce(
        bool_or(machine and (event = 'unsubscribed' or (event = 'replied' and sentiment is not null))), false
    ) as by_machine
from events
