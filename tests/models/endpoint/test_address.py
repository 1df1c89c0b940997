"""Addresses that are refused, and who gets a key."""

import pickle

import pytest

from lamarck.core import UsageError
from lamarck.models.endpoint.address import Key, address, key_of

SECRET = "sk-canary-0123456789"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("file:///etc/passwd", "give an http or https address"),
        ("ftp://host/v1", "give an http or https address"),
        ("api.openai.com/v1", "give an http or https address"),
        ("", "give an http or https address"),
        ("http://[::1", "no address"),
        ("http://127.0.0.1:port/v1", "no address"),
        ("https://user:hunter2@host/v1", "holds more than an address"),
        ("https://host/v1?key=hunter2", "holds more than an address"),
        ("https://host/v1#hunter2", "holds more than an address"),
        ("http://169.254.169.254/latest", "link-local"),
        ("http://[fe80::1]/v1", "link-local"),
        ("https://metadata.google.internal/v1", "link-local"),
        ("http://models.example.com/v1", "plain http to another machine"),
        ("http://10.0.0.7:8000/v1", "plain http to another machine"),
    ],
)
def test_what_is_no_safe_address_is_refused_without_showing_a_secret(text: str, said: str):
    with pytest.raises(UsageError, match=said) as refused:
        address(text)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:8000/v1/", "http://localhost:1/v1", "http://[::1]:8000", "https://a.b/v1"]
)
def test_this_machine_and_https_are_fine(text: str):
    assert address(text).url == text.rstrip("/")


def test_plain_http_elsewhere_can_be_allowed_but_never_a_link_local_address():
    assert address("http://10.0.0.7/v1", plain=True).host == "10.0.0.7"
    with pytest.raises(UsageError, match="link-local"):
        address("http://169.254.169.254", plain=True)


def test_a_key_goes_to_the_base_url_and_to_openai_alone():
    here, other, hosted = (
        address(u) for u in ("https://a.example/v1", "https://b.example/v1", "https://api.openai.com/v1")
    )
    environment = {"OPENAI_API_KEY": SECRET, "OTHER_KEY": "other"}
    assert key_of(here, {}, here.host, environment).header() == {"Authorization": f"Bearer {SECRET}"}
    assert key_of(hosted, {}, here.host, environment)
    assert key_of(other, {}, here.host, environment).header() == {}
    assert key_of(other, {"b.example": "OTHER_KEY"}, here.host, environment).header() == {
        "Authorization": "Bearer other"
    }


def test_a_key_that_is_needed_and_missing_is_asked_for_by_its_variable():
    hosted = address("https://api.openai.com/v1")
    with pytest.raises(UsageError, match="OPENAI_API_KEY is not set; type: export OPENAI_API_KEY="):
        key_of(hosted, {}, "", {})
    with pytest.raises(UsageError, match="MY_KEY is not set"):
        key_of(hosted, {"api.openai.com": "MY_KEY"}, "", {"OPENAI_API_KEY": SECRET})
    with pytest.raises(UsageError, match="characters that no key has") as refused:
        key_of(hosted, {}, "", {"OPENAI_API_KEY": f"{SECRET}\nX-Evil: 1"})
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("word", ["x", "none", "EMPTY", "ollama"])
def test_a_word_that_stands_in_for_a_key_stays_in_answers(word: str):
    said = f'{{"text": "{word} of it"}}'.encode()
    assert Key(word).hide(said) == said


def test_nothing_that_python_makes_of_a_key_shows_it():
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]} {vars(type(key))}"
    with pytest.raises(TypeError, match="never written"):
        pickle.dumps(key)
    assert key.hide(f"you sent {SECRET}!".encode()) == b"you sent ***!"
