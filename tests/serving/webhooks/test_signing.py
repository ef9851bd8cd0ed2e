"""Signatures against the vector that the standard itself publishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from serving.webhooks.signing import signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
MOMENT = datetime.fromtimestamp(1614265330, UTC)
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_standard_s_own_vector() -> None:
    headers = {"webhook-id": MESSAGE, "webhook-timestamp": "1614265330", "webhook-signature": SIGNATURE}
    assert headers == signed(MESSAGE, BODY, [SECRET], now=MOMENT)


def test_each_secret_signs_the_first_one_first() -> None:
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    first, second = signed(MESSAGE, BODY, [other, SECRET], now=MOMENT)["webhook-signature"].split(" ")
    assert (SIGNATURE, True) == (second, first.startswith("v1,"))


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=8)))
    assert signed(MESSAGE, BODY, [SECRET], now=MOMENT) == signed(MESSAGE, BODY, [SECRET], now=there)
