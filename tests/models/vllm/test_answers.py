"""What is asked of a server, and what becomes of its answers: tokens in, tokens out."""

from pathlib import Path

import pytest
from tests.models.vllm import standin
from tests.models.vllm.bench import CHAT, Bench, after, folder, request, tokenizer

from lamarck.core import CapabilityError, Image, Message, Prompt, Request
from lamarck.models.endpoint.faults import Fault
from lamarck.models.vllm.folders import called
from lamarck.models.vllm.model import Vllm
from lamarck.models.vllm.target import compact


@pytest.fixture(scope="module")
def model(shared: Bench, base: Path) -> Vllm:
    return shared.model(base)


def ids(text: str) -> list[int]:
    return list(tokenizer()(text)["input_ids"])


def last(shared: Bench) -> dict[str, object]:
    return {name: value for name, value in shared.seen("/v1/completions")[-1].items() if name != "path"}


def test_the_invented_model_and_the_tokenizer_agree():
    assert ids("héllo") == standin.spelled("héllo")
    assert tokenizer().decode(standin.spelled("héllo")) == "héllo"


def test_a_sample_is_a_call_of_its_own_in_tokens(shared: Bench, model: Vllm, base: Path):
    version = called(shared.provider().find(str(base)).digest)
    made = model.generate([request("hello", 7, 2**40 + 5, temperature=0.7, top_p=0.9, top_k=40, stop=("zz",))])
    bodies = sorted(shared.seen("/v1/completions")[-2:], key=lambda body: body["seed"])
    assert {name: value for name, value in bodies[1].items() if name not in ("path", "seed")} == {
        "model": version,
        "prompt": ids("hello"),
        "temperature": 0.7,
        "max_tokens": 8,
        "top_p": 0.9,
        "top_k": 40,
        "stop": ["zz"],
        "stop_token_ids": [standin.END],
        "logprobs": 0,
        "return_tokens_as_token_ids": True,
        "add_special_tokens": False,
    }
    assert [body["seed"] for body in bodies] == [5, 7]  # the width that all servers read
    for solution, body in zip(made[0], reversed(bodies), strict=True):
        tokens = standin.written(version, body)
        assert solution.usage.completion == len(tokens)
        assert solution.text == tokenizer().decode([one for one in tokens if one != standin.END])
        assert solution.logprobs == pytest.approx(
            [standin.logprobs(version, [*ids("hello"), *tokens[:at]])[one] for at, one in enumerate(tokens)]
        )
        assert solution.author == "me"


def test_greedy_says_nothing_about_drawing(shared: Bench, model: Vllm):
    model.generate([request("greedy", temperature=0.0, top_p=0.5, top_k=3)])
    assert not {"top_p", "top_k"} & last(shared).keys()


def test_what_is_not_said_is_neutral_not_the_server_s(shared: Bench, model: Vllm):
    model.generate([request("neutral", temperature=1.0)])
    assert (last(shared)["top_p"], last(shared)["top_k"]) == (1.0, 0)


def test_an_answer_among_a_few_is_asked_for_as_such(shared: Bench, model: Vllm):
    made = model.generate([request("choose", 0, 1, among=("yes", "no"))])[0]
    assert [one.text for one in made] == ["yes", "no"]
    assert {one.stop for one in made} == {"stop"}
    assert last(shared)["structured_outputs"] == {"choice": ["yes", "no"]}
    assert last(shared)["max_tokens"] == len("yes") + 1


def test_what_a_server_draws_beyond_the_choices_is_unparsable(bench: Bench, base: Path):
    told = {"tokens": ["token_id:5", "token_id:1"], "token_logprobs": [-1.0, -1.0]}
    choice = {"index": 0, "text": "", "logprobs": told, "finish_reason": "stop"}
    bench.does(answer={"choices": [choice]})
    assert bench.model(base).generate([request("x", among=("yes", "no"))])[0][0].stop == "unparsable"


def test_how_an_answer_ended_is_told_by_its_last_token(bench: Bench, base: Path):
    def reply(*tokens: int) -> dict[str, object]:
        told = {"tokens": [f"token_id:{one}" for one in tokens], "token_logprobs": [-1.0] * len(tokens)}
        return {"choices": [{"index": 0, "text": "", "logprobs": told, "finish_reason": "stop"}]}

    bench.does(answer=reply(*standin.spelled("ok"), standin.END))
    ended = bench.model(base).generate([request("a", max_tokens=3)])[0][0]
    bench.does(answer=reply(*standin.spelled("okk")))
    cut = bench.model(base).generate([request("a", max_tokens=3)])[0][0]
    assert (ended.text, ended.stop, ended.usage.completion) == ("ok", "stop", 3)
    assert (cut.text, cut.stop, cut.usage.completion) == ("okk", "length", 3)


def test_a_text_is_cut_at_its_stop_mark_and_so_are_its_log_probabilities(shared: Bench, model: Vllm):
    whole = model.generate([request("marks", temperature=0.0)])[0][0]
    mark = whole.text[3]
    cut = model.generate([request("marks", temperature=0.0, stop=(mark,))])[0][0]
    at = whole.text.index(mark)
    assert (cut.text, cut.stop) == (whole.text[:at], "stop")
    assert len(cut.logprobs) == cut.usage.completion == len(ids(whole.text[:at]))


def test_a_prompt_without_room_is_not_sent(shared: Bench, model: Vllm):
    before = len(shared.seen("/v1/completions"))
    made = model.generate([request("x" * standin.POSITIONS, 1, 2), request("x" * (standin.POSITIONS - 2))])
    assert [[(one.text, one.stop) for one in each] for each in made[:1]] == [[("", "length"), ("", "length")]]
    assert len(shared.seen("/v1/completions")) == before + 1
    assert last(shared)["max_tokens"] == 2


def test_scores_are_of_every_token_and_of_the_end(shared: Bench, model: Vllm, base: Path):
    version = called(shared.provider().find(str(base)).digest)
    found = model.score([after("how", "so"), after("how", "")])
    tokens, start = [*ids("so"), standin.END], ids("how")
    wanted = [standin.logprobs(version, [*start, *tokens[:at]])[one] for at, one in enumerate(tokens)]
    assert found[0] == pytest.approx(wanted)
    assert len(found[1]) == 1
    assert last(shared)["echo"] is True
    assert model.score([after("x" * 90, "y" * 20)]) == [(float("-inf"),)]


def test_distributions_are_the_likeliest_first_the_end_as_nothing(shared: Bench, model: Vllm, base: Path):
    version = called(shared.provider().find(str(base)).digest)
    found = model.distributions([after("how", "s")], 3)[0]
    assert len(found) == 2
    values = standin.logprobs(version, ids("how"))
    best = sorted(range(standin.SIZE), key=lambda one: -values[one])[:3]
    assert list(found[0].values()) == pytest.approx([values[one] for one in best])
    with pytest.raises(CapabilityError, match=r"32 tokens at most, not 50; give --vllm logprobs=50"):
        model.distributions([after("how", "s")], 50)


def test_a_prompt_is_shown_by_the_folder_s_own_template(bench: Bench, tmp_path: Path):
    model = bench.model(folder(tmp_path / "chatty", template=CHAT))
    model.generate([request("hi")])
    assert last(bench)["prompt"] == ids("user:hi\n>")


def test_a_folder_s_own_defaults_count(bench: Bench, tmp_path: Path):
    place = folder(tmp_path / "mine")
    (place / "generation_config.json").write_text('{"top_k": 20, "top_p": 0.8, "max_new_tokens": 5}')
    bench.model(place).generate([request("hi", max_tokens=None)])
    assert [last(bench)[name] for name in ("top_k", "top_p", "max_tokens")] == [20, 0.8, 5]


def test_pictures_are_refused(model: Vllm):
    message = Message(role="user", text="look", images=(Image(path="x.png", digest="0"),))
    asked = Request(prompt=Prompt(name="task/any", messages=(message,)), seeds=(1,))
    with pytest.raises(CapabilityError, match=r"no chat template|(sees|reads) no pictures"):
        model.generate([asked])


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"tokens": ["yes"], "token_logprobs": [-1.0]},
        {"tokens": ["token_id:4"], "token_logprobs": []},
        {"tokens": ["token_id:4"], "token_logprobs": ["high"]},
        {"tokens": ["token_id:4"], "token_logprobs": [-1.0], "top_logprobs": [None, None]},
    ],
)
def test_a_reply_without_numbers_of_tokens_is_no_answer(data: object):
    with pytest.raises(Fault) as found:
        compact(data)
    assert found.value.kind == "malformed"
