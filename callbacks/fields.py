"""The types of fields that callbacks of several pages receive from the browser."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

#: When it was sent: makes two equal acts in a row different ones for Dash.
At = Annotated[float, Field(ge=0)]
RowId = Annotated[int, Field(ge=1, lt=2**31)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
#: The browser's address: `url.pathname`, and `url.search` where there is one.
Path = Annotated[str, Field(max_length=500)]
Search = Annotated[str, Field(max_length=2000)] | None
