-- Whose journey it is: who sent its last e-mail. In: `whole_mails`. Grain: (lead, campaign).
select lead, campaign, "user"
from whole_mails
where lead is not null
qualify row_number() over (partition by lead, campaign order by t0 desc, message_id desc) = 1
