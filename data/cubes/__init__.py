"""The additive cubes in memory, and sums over them.

Which figures are made of them is `data/query/`."""
