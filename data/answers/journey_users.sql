-- Whose journey it is: who sent its last e-mail. In: `all_mails`. Grain: (lead, campaign).
select lead, campaign, "user"
from all_mails
where lead is not null
qualify row_number() over (partition by lead, campaign order by t0 desc, message_id desc) = 1
