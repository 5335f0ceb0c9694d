-- When the oldest of some actions began. In: `actions`.
select min(t0) from actions where action_id in (select unnest($actions::varchar[]))
