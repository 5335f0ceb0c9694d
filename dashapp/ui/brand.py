"""An agency's one colour → every brand variable of both themes, in OKLab so that the hue is kept.

All pairs of text and background made here reach 4.5:1 (WCAG 2.2 AA); `tests/ui/test_brand.py` holds that.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from dashapp.errors import Refused

HEX = re.compile(r"#?[0-9a-fA-F]{6}")
SURFACES = {"light": "#ffffff", "dark": "#141821"}
#: The first colour of the chart palette; stands in for a brand that would read as "bad".
PRIMARY_SERIES = {"light": "#4361ee", "dark": "#6f8bff"}
#: How far each ramp step is from the surface towards the full colour.
RAMP = (0.06, 0.14, 0.25, 0.38, 0.54, 0.74, 1.0)
CONTRAST = 4.5
_DARK_INK, _LIGHT_INK = "#0b0e14", "#ffffff"

#: Stripes of a cell in progress as (share, grey level): the theme's own, else what text can be read on.
HATCHES = {"light": ((0.12, 0), (0.28, 255)), "dark": ((0.16, 255), (0.3, 0))}

Vars = dict[str, str]


def ink_on(theme: str) -> tuple[str, str]:
    """The surface of a theme and what is written on it, to show one theme inside the other."""
    return SURFACES[theme], _readable_on(SURFACES[theme])


def check_hex(value: str) -> str:
    """`value` as "#rrggbb"; raises Refused otherwise. It lands in a style sheet, so nothing else may pass."""
    if not HEX.fullmatch(value):
        raise Refused("A brand colour is six hexadecimal digits, such as #0f766e.")
    return "#" + value.removeprefix("#").lower()


@lru_cache(maxsize=512)
def _brand_vars(value: str) -> dict[str, Vars]:
    themes: dict[str, Vars] = {}
    for theme, surface in SURFACES.items():
        brand = _towards_contrast(value, surface)
        series = PRIMARY_SERIES[theme] if is_reddish(value) else brand
        on_dark_theme = theme == "dark"
        found = {
            "--brand": brand,
            "--on-brand": _readable_on(brand),
            "--brand-soft": mix(surface, brand, 0.22 if on_dark_theme else 0.10),
            "--brand-line": mix(surface, brand, 0.35),
            "--series": series,
            "--series-soft": mix(surface, series, 0.22 if on_dark_theme else 0.10),
        }
        for step, share in enumerate(RAMP, start=1):
            cell = _ramp_cell(surface, series, share)
            found[f"--q{step}"], found[f"--qt{step}"] = cell, _readable_on(cell)
            found[f"--qh{step}"] = _hatch(cell, theme)
        themes[theme] = found
    return themes


def brand_vars(value: str) -> dict[str, Vars]:
    """{"light": {variable: colour}, "dark": {…}} for one brand colour; raises Refused for a bad one."""
    return _brand_vars(check_hex(value))


def brand_css(value: str) -> str:
    """The same as CSS text for `<style nonce>`: explicit themes, else the system's; paper is light."""
    light, dark = (";".join(f"{k}:{v}" for k, v in found.items()) for found in brand_vars(value).values())
    return (
        f":root{{{light}}}@media screen{{[data-bs-theme=dark]{{{dark}}}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-bs-theme]){{{dark}}}}}"
    )


def is_reddish(value: str) -> bool:
    """True for colours a reader takes as "bad": a clear chroma at a red or orange-red hue."""
    _, a, b = _to_oklab(value)
    hue = math.degrees(math.atan2(b, a)) % 360
    return math.hypot(a, b) > 0.08 and (hue <= 45 or hue >= 350)


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two "#rrggbb" colours, 1..21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(start: str, end: str, share: float) -> str:
    """The colour `share` of the way from `start` to `end` in OKLab."""
    a, b = _to_oklab(start), _to_oklab(end)
    return _from_oklab(*(x + (y - x) * share for x, y in zip(a, b, strict=True)))


def _towards_contrast(value: str, surface: str) -> str:
    lightness, a, b = _to_oklab(value)
    step = -0.01 if _luminance(surface) > 0.4 else 0.01
    for _ in range(100):
        if contrast(value, surface) >= CONTRAST:
            return value
        lightness += step
        value = _from_oklab(lightness, a, b)
    return value


def _ramp_cell(surface: str, colour: str, share: float) -> str:
    """A mid grey-ish step may be readable with neither ink: step back towards the surface until it is."""
    cell = mix(surface, colour, share)
    while contrast(cell, _readable_on(cell)) < CONTRAST + 0.1 and share > 0:
        share -= 0.02
        cell = mix(surface, colour, share)
    return cell


def _hatch(cell: str, theme: str) -> str:
    """Stripes on which the cell's text keeps its contrast."""
    for share, grey in HATCHES[theme]:
        stripe = over(cell, share, grey)
        if contrast(stripe, _readable_on(cell)) >= CONTRAST:
            break
    return f"rgba({grey},{grey},{grey},{share})"


def over(colour: str, share: float, grey: int) -> str:
    """`colour` under a grey of opacity `share`, as a browser paints it."""
    levels = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(level + (grey - level) * share):02x}" for level in levels)


def _readable_on(background: str) -> str:
    return max((_LIGHT_INK, _DARK_INK), key=lambda ink: contrast(ink, background))


def _channels(value: str) -> tuple[float, float, float]:
    r, g, b = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return r, g, b


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    channel = min(1.0, max(0.0, channel))
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _luminance(value: str) -> float:
    r, g, b = map(_linear, _channels(value))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _to_oklab(value: str) -> tuple[float, float, float]:
    r, g, b = map(_linear, _channels(value))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lightness: float, a: float, b: float) -> str:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(v) * 255):02x}" for v in channels)
