-- What rates per e-mail of many workspaces are made of, over days $first..$last: from the cube of units.
-- In: `stored_units` (data/marts/layers.py), `chosen_slices` (workspace_id, layer, slice). {sums}: of its columns.
select u.workspace_id, {sums}
from stored_units as u
join chosen_slices as c on u.workspace_id = c.workspace_id and u.layer = c.layer and u.slice = c.slice
where u.attribution = 'email' and u.day between $first and $last
group by u.workspace_id
