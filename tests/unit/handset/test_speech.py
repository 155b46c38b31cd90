"""What a voice makes of SSML."""

from __future__ import annotations

import pytest

from local.handset.speech import seconds_to_say, spoken


def test_marks_are_not_read_out() -> None:
    number = '<say-as interpret-as="digits">1042</say-as>'
    ssml = f'<speak>Incident {number},<break time="1s"/> R&amp;D.<p>Press 4.</p></speak>'
    assert spoken(ssml) == "Incident 1042, R&D. Press 4."


@pytest.mark.parametrize(
    "ssml",
    [
        "Payments are down",
        "<speak>R&D</speak>",
        "<speak><b></speak>",
        "<p>x</p>",
        "<!DOCTYPE x []><speak>x</speak>",
    ],
)
def test_what_is_no_ssml_is_refused(ssml: str) -> None:
    with pytest.raises(ValueError, match="SSML"):
        spoken(ssml)


def test_longer_texts_take_longer() -> None:
    assert seconds_to_say("one " * 50) == pytest.approx(20)
    assert seconds_to_say("") == 2
