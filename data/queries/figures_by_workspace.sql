-- Figures of many workspaces over days that end with the own day of each, from the cube of units.
-- In: `chosen` (filename, workspace_id, slice, today): what to read for whom. $files, $lowest..$highest (ids) and
-- $first..$last let the reader skip; the join settles whose rows count. {counts}: sums of columns of units.
-- {figures}: of workspace_id, attribution, age (days before today) and those sums.
with days as (
    select u.workspace_id, u.attribution, (c.today - u.day)::integer as age, {counts}
    from read_parquet($files, filename = true) as u
    join chosen as c on u.filename = c.filename and u.workspace_id = c.workspace_id and u.slice = c.slice
    where u.workspace_id between $lowest and $highest and u.day between $first and $last
    group by u.workspace_id, u.attribution, age
)
select workspace_id, {figures}
from days
group by workspace_id
