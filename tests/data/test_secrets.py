"""Secrets of the environment are found by their names, whatever text they stand in."""

from lamarck.data.secrets import hidden


def test_what_a_variable_of_a_key_holds_is_hidden_and_nothing_else():
    environment = {"OPENAI_API_KEY": "sk-12345678", "HF_TOKEN": "sk-12345678-longer", "HOME": "/home/somebody"}
    assert (
        hidden("Bearer sk-12345678-longer, sk-12345678, /home/somebody", environment)
        == "Bearer ***, ***, /home/somebody"
    )
    assert hidden("a short one", {"X_KEY": "one", "KEYBOARD": "a short one"}) == "a short one"


def test_the_password_of_a_database_is_hidden():
    assert hidden("FATAL: correct-horse is wrong", {"PGPASSWORD": "correct-horse"}) == "FATAL: *** is wrong"
