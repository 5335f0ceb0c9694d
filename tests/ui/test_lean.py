"""What a desk page is made to load: nothing of Bootstrap, Dash or its components that nobody sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from dashapp.app import ASSETS, create_app
from dashapp.config import load
from dashapp.ui.desk import bootstrap, bundle, lean_scripts

ROOT = ASSETS.parent
FULL = bootstrap.FULL.read_text()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(load({"VITRINE_HOME": str(tmp_path_factory.mktemp("home"))}))


def test_the_checked_in_bootstrap_is_what_the_script_makes() -> None:
    ours = "".join(path.read_text() for path in sorted(ASSETS.glob("*.css")))
    assert bootstrap.used(FULL, ours) == bootstrap.USED.read_text()
    assert len(bootstrap.USED.read_bytes()) < len(FULL) / 10


def test_of_a_rule_only_the_selectors_in_use_stay_and_of_the_variables_those_that_are_read() -> None:
    css = (
        "/*! licence */:root{--bs-blue:#00f;--bs-gap:var(--bs-blue);--bs-lost:var(--bs-never);--bs-never:1px}"
        ".modal,.card .modal,.card{margin:var(--bs-gap)}"
        "@media (min-width:1px){.card{top:0}.modal:not(.show,.fade),.modal .card{top:1px}}"
        "@media print{.card{top:2px}}@keyframes spin{to{top:0}}a{color:red}"
    )
    kept = bootstrap.used(css, "").split("*/\n")[-1].strip()
    assert kept == (
        ":root{--bs-blue:#00f;--bs-gap:var(--bs-blue);}.modal{margin:var(--bs-gap)}"
        "@media (min-width:1px){.modal:not(.show,.fade){top:1px}}a{color:red}"
    )


def test_no_class_of_bootstraps_is_given_that_is_not_sent() -> None:
    known = set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", FULL)))
    assert known > bootstrap.CLASSES
    named = {
        name
        for folder in ("pages", "callbacks", "dashapp/ui")
        for path in (ROOT / folder).rglob("*.py")
        for words in re.findall(r"class_?[nN]ame=f?\"([^\"]*)\"", path.read_text())
        for name in words.split()
    }
    assert "dk-button" in named  # the pattern does find them
    assert named & known <= bootstrap.CLASSES


def test_the_stand_ins_are_those_components_that_pages_use() -> None:
    late = (ASSETS / "90_late.js").read_text()
    known = set(re.findall(r"\"(\w+)\"", re.search(r"\[([^\]]*)\]\.forEach\(function \(name\)", late)[1]))  # type: ignore[index]
    pages = [*ROOT.glob("pages/**/*.py"), *ROOT.glob("callbacks/**/*.py"), *ROOT.glob("dashapp/**/*.py")]
    assert {name for page in pages for name in re.findall(r"\bdbc\.([A-Z]\w+)", page.read_text())} == known


def test_a_page_asks_for_no_script_that_it_does_not_need(app: Flask) -> None:
    with app.test_request_context("/"):
        page = app.extensions["vitrine_desk"].index()
    scripts = re.findall(r"<script src=\"([^\"]+)\"", page)
    names = [Path(address.split("?")[0]).name.split("@")[0].split(".")[0] for address in scripts]
    assert names == [
        "desk",
        "react",
        "react-dom",
        "prop-types",
        "dash_renderer",
        "dash_core_components",
        "dash_core_components-shared",
        "dash_html_components",
    ]


def test_what_is_loaded_late_is_there(app: Flask) -> None:
    client = app.test_client()
    address = lean_scripts.components_address()
    assert f'content="{address}"' in app.extensions["vitrine_desk"].index_string
    assert client.get(address).status_code in {200, 302}  # 302: to the log-in


def test_a_bundle_is_its_files_in_order(app: Flask) -> None:
    sent = app.test_client().get("/assets/desk.bundle.css")
    assert sent.status_code == 200
    swapped, kept = (one.encode() for one in bundle.FONT)
    files = b"\n".join((ASSETS / name).read_bytes() for name in bundle.DESK_STYLES)
    assert sent.data == files.replace(swapped, kept)
    assert kept in sent.data
    for names in bundle.BUNDLES.values():
        assert all((ASSETS / name).is_file() for name in names)
    assert app.test_client().get("/assets/no.bundle.css").status_code == 404
