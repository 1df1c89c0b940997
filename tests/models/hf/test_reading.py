"""How messages become tokens, how texts are scored and placed."""

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from tests.models.hf.folders import asking, greedy, likelihoods, llama, opened, plain, request, saved, tokenizer
from transformers import AutoTokenizer

from lamarck.core import CapabilityError, Continuation, Message, Prompt, UsageError
from lamarck.core.protocols import Counting
from lamarck.models.hf.kit import Words
from lamarck.models.hf.model import HuggingFace
from lamarck.models.hf.reader import Reader
from lamarck.models.hf.template import Template, TemplateError

CHAT = (
    "{%- for message in messages %}{%- if message.role == 'system' and not loop.first %}{{ raise_exception('late') }}"
    "{%- endif %}<|{{ message.role }}|>{{ message.content | trim }}{{ eos_token }}\n{%- endfor %}"
    "{%- if add_generation_prompt %}<|assistant|>{%- endif %}"
)
STRICT = (
    "{%- for message in messages %}"
    "{%- if message.role == 'system' %}{{ raise_exception('no system here') }}{%- endif %}"
    "[{{ message.role }}]{% generation %}{{ message.content }}{% endgeneration %}{%- endfor %}"
)


@pytest.fixture(scope="session")
def chatting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("hf") / "chat", llama(), template=CHAT)


def said(prompt: Prompt, text: str) -> Continuation:
    return Continuation(prompt=prompt, text=text)


def test_scores_are_those_of_a_plain_pass(model: HuggingFace, folder: Path):
    whole = plain(folder)
    asked = [("a", "24"), ("the quick brown fox", " jumps"), ("3 5", ""), ("a", "24")]
    found = model.score([said(asking(text), after) for text, after in asked])
    for (text, after), scores in zip(asked, found, strict=True):
        assert scores == pytest.approx(likelihoods(whole, text, after), abs=1e-4)


def test_a_text_beyond_the_positions_has_probability_zero(model: HuggingFace):
    assert model.score([said(asking("a"), "word " * 96)]) == [(-math.inf,)]
    assert model.distributions([said(asking("a"), "word " * 96)], 3) == [[]]


def test_distributions_hold_the_likeliest_tokens_and_the_end(model: HuggingFace, folder: Path):
    (score,), (found,) = model.score([said(asking("a"), "24 ")]), model.distributions([said(asking("a"), "24 ")], 300)
    assert len(found) == len(score)
    tokens = [tokenizer().decode([one]) for one in tokenizer()("24 ")["input_ids"]]
    for place, token in enumerate([*tokens, ""]):
        assert found[place][token] == pytest.approx(score[place], abs=1e-5)
        assert list(found[place].values()) == sorted(found[place].values(), reverse=True)
    (few,) = model.distributions([said(asking("a"), "24 ")], 2)
    assert [len(one) for one in few] == [2] * len(score)


def test_it_counts_as_its_tokenizer_does(model: HuggingFace):
    assert isinstance(model, Counting)
    assert model.count("the quick brown fox") == len(tokenizer()("the quick brown fox")["input_ids"])


def test_embeddings_are_of_unit_length_and_tell_texts_apart(model: HuggingFace):
    first, second, again = model.embed(["the fox", "24", "the fox"])
    assert first == again
    assert sum(one * one for one in first) == pytest.approx(1.0)
    assert sum(a * b for a, b in zip(first, second, strict=True)) < 0.99
    assert model.embed([]) == []


def test_a_chat_template_is_what_transformers_makes_of_it(chatting: Path):
    turns = [
        Message(role="user", text=" hi "),
        Message(role="assistant", text="ho"),
        Message(role="user", text="{{ x }}"),
    ]
    prompt = Prompt(name="task/any", messages=tuple(turns))
    reader = Reader(chatting, "hf/chat")
    chat = [{"role": "system", "content": "be brief"}, *({"role": t.role, "content": t.text} for t in turns)]
    wanted: Any = (
        cast("Any", AutoTokenizer).from_pretrained(chatting).apply_chat_template(chat, add_generation_prompt=True)
    )
    assert list(reader.asked(prompt, "be brief").ids) == list(wanted["input_ids"])
    assert reader.tokenizer.decode(wanted["input_ids"]).endswith("<|user|>{{ x }}<eos><|assistant|>")


def test_a_template_that_knows_no_system_turn_gets_it_with_the_user_s(tmp_path: Path):
    reader = Reader(saved(tmp_path / "strict", llama(), template=STRICT), "hf/strict")
    asked = reader.asked(asking("hi"), "be brief")
    assert reader.tokenizer.decode(asked.ids) == "[user]be brief\n\nhi"
    with pytest.raises(UsageError, match=r"cannot show these messages: .*chat_template\.jinja: no system here"):
        reader.asked(Prompt(name="task/any", messages=(Message(role="system", text="x"),)), "")


@pytest.mark.parametrize("template", ["", CHAT, STRICT])
def test_what_is_trained_on_is_what_was_asked(template: str, tmp_path: Path):
    place = saved(tmp_path / "any", llama(), template=template)
    reader, words = Reader(place, "hf/any"), Words(place)
    asked = list(reader.asked(asking("hi"), "be brief").ids)
    system, *turns = Message(role="system", text="be brief"), *asking("hi").messages
    assert words.beginning([system, *turns]) == asked
    first, second = words.parts([system, *turns, Message(role="assistant", text="yo")], [False, False, True])
    assert (list(first.ids), first.learned, second.learned) == (asked, False, True)
    reader.close()
    words.close()


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ 'x' * (10 ** 9) }}", "too much memory"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "Range too big"),
        ("{{ messages.__class__.__mro__[1].__subclasses__() }}", "unsafe|undefined"),
        ("{% if %}", "Expected an expression"),
        (
            "{% set n = 'x' * 300 %}{% for a in n %}{% for b in n %}{% for c in n %}{% for d in n %}{% endfor %}"
            "{% endfor %}{% endfor %}{% endfor %}",
            "no text within 1 s",
        ),
    ],
)
def test_a_template_is_bounded(source: str, fault: str):
    template = Template(source, {}, "chat_template.jinja")
    for _ in range(2):  # and its process starts again
        with pytest.raises(TemplateError, match=fault):
            template([{"role": "user", "content": "hi"}], asks=True)
    template.close()


def test_without_a_template_the_messages_stand_as_they_are(model: HuggingFace, folder: Path):
    two = Prompt(name="task/any", messages=(Message(role="user", text="a"), Message(role="user", text="b")))
    asked = replace(request("", temperature=0.0), prompt=two, system="s")
    assert model.generate([asked])[0][0].text == greedy(plain(folder), "s\na\nb")


def test_prompts_are_rendered_by_name_or_stand_as_they_come(model: HuggingFace):
    named = model.render(Prompt(name="star/answer", fields={"task": "What is {x}?"}))
    assert named[0].text.startswith("What is {x}?\n")
    assert model.render(asking("hi")) == (Message(role="user", text="hi"),)
    with pytest.raises(CapabilityError, match="nothing/such"):
        model.render(Prompt(name="nothing/such"))
    with pytest.raises(CapabilityError, match="task"):
        model.render(Prompt(name="star/answer"))


def test_a_folder_s_own_format_goes_before_our_texts(folder: Path, tmp_path: Path):
    own = Path(shutil.copytree(folder, tmp_path / "own"))
    (own / "prompts.json").write_text('{"task/countdown": "{numbers}>{target}|"}')
    model = opened(own)
    fields = {"numbers": "3 5 8", "target": "24"}
    assert model.render(Prompt(name="task/countdown", fields=fields))[0].text == "3 5 8>24|"
    asked = replace(request("", temperature=0.0), prompt=Prompt(name="task/countdown", fields=fields))
    assert model.generate([asked])[0][0].text == greedy(plain(folder), "3 5 8>24|")
    with pytest.raises(CapabilityError, match="it knows task/countdown"):
        model.generate([replace(asked, prompt=Prompt(name="star/answer", fields=fields))])
    with pytest.raises(UsageError, match="reads no system prompt"):
        model.generate([replace(asked, system="be brief")])


def test_the_small_models_folders_say_here_what_they_say_there():
    from lamarck.executors.processes import Processes
    from lamarck.models import Host, Shelf
    from lamarck.models.pupil import files

    fields = {"numbers": "3 5 7 8", "target": "24"}
    prompt = Prompt(name="task/countdown", fields=fields)
    home = files.BUILT_IN / "game24"
    asked = [
        replace(request("", *range(8), temperature=1.0), prompt=prompt),
        replace(request("", temperature=0.0), prompt=prompt),
    ]
    with Processes(1) as pool:
        on = Shelf(Host(pool=pool))
        wanted = on.open(on.learner("pupil/game24")).generate(asked)
    found = opened(home).generate(asked)
    assert [[one.text for one in each] for each in found] == [[one.text for one in each] for each in wanted]
    assert found[1][0].logprobs == pytest.approx(wanted[1][0].logprobs, abs=1e-4)
