-- The messages that were sent, each with its combination of dimensions as one number. In: `messages` (counted.sql);
-- macro combination(…). docs/numbers.md.
select *, combination(campaign, "user", step, variation, sender, sender_provider, recipient_provider) as h
from {messages}
