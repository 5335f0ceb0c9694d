"""What strangers try is counted by network: who has a whole IPv6 network has no more tries for it."""

from __future__ import annotations

from typing import Any

import pytest

from dashapp.errors import TooMany
from dashapp.web.tries import count_try, may_mail


def test_tries_are_counted_by_network(app: Any) -> None:
    def once(address: str) -> None:
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            count_try("invitation", 2, 3_600)

    once("2001:db8:1:1::1")
    once("2001:db8:1:1::2")
    with pytest.raises(TooMany):
        once("2001:db8:1:1::3")
    once("2001:db8:1:2::1")


def test_mails_to_one_address_end_quietly(app: Any) -> None:
    with app.test_request_context("/"):
        assert [may_mail("reset-to", "alice@north.example", 2, 3_600) for _ in range(3)] == [
            True,
            True,
            False,
        ]
        assert may_mail("reset-to", "charlie@south.example", 2, 3_600)
