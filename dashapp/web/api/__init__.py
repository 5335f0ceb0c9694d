"""The API for programs, `/api/v1/…`: keys, the operations, and the document that describes them.

What a key may do is decided by `dashapp.access`, as for people; nothing here looks at a cookie."""
