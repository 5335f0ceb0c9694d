-- A part of one reply's text, with whose it is: the lead it names, else that of the message it answers.
-- In: `all_events` of one workspace. Parameters: $event, $start (the first character is 1), $shown (how many).
select
    lead,
    (
        select any_value(sent.lead) from all_events as sent
        where sent.message_id = r.message_id and sent.lead is not null
    ) as sent_to,
    substring(reply_text, $start, $shown) as part,
    length(reply_text) as whole
from all_events as r
where event_id = $event and event = 'replied' and reply_text is not null
limit 1
