-- The combinations of dimensions that occur, so that the cubes count by one number instead of seven texts.
-- Grain: (workspace_id, combo). In: `sends`. `combo` is a 63-bit digest of the texts: the same combination has the
-- same number in every layer, whoever built it. `h` is the engine's own quick hash, for joining within one build.
select
    workspace_id,
    h,
    {key} as combo,
    campaign,
    "user",
    step,
    variation,
    sender,
    sender_provider,
    recipient_provider
from (
    select
        workspace_id,
        h,
        any_value(campaign) as campaign,
        any_value("user") as "user",
        any_value(step) as step,
        any_value(variation) as variation,
        any_value(sender) as sender,
        any_value(sender_provider) as sender_provider,
        any_value(recipient_provider) as recipient_provider
    from sends
    group by workspace_id, h
)
