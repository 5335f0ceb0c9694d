"""A Dash component as the text of its JSON, with plain spaces, for tests to look into."""

from __future__ import annotations

import json
from typing import Any

import plotly.utils


def text(component: Any) -> str:
    """The JSON the browser would get."""
    dumped = json.dumps(component, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)
    return dumped.replace("\u00a0", " ")
