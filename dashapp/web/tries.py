"""Counting what somebody tries who is not logged in: by the network the request comes from."""

from __future__ import annotations

from flask import request

from dashapp.access import attempts
from dashapp.access.networks import network_of
from dashapp.services import services


def count_try(bucket: str, most: int, window_s: int) -> None:
    """Count one try from the caller's network, before it is judged. Raises TooMany past `most` in a window."""
    network = network_of(request.remote_addr or "")
    attempts.attempt(services().engine, bucket, network, most, window_s)


def may_mail(bucket: str, address: str, most: int, window_s: int) -> bool:
    """Count a mail to an address; False past `most` in a window. Nobody is told: it says who has an account."""
    return attempts.count(services().engine, bucket, address, window_s)[0] <= most
