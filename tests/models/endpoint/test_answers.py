"""What an endpoint says becomes a solution, and how it ended is told."""

import json
from typing import Any

import pytest
from tests.models.endpoint.bench import Bench, asked, requests, texts

from lamarck.core import CapabilityError, Continuation, Image, Message, Prompt, Request, Sampling, ToolCall
from lamarck.models.endpoint.asking import Ask, chats, spoken
from lamarck.models.endpoint.faults import Fault
from lamarck.models.endpoint.reading import Record, read, same
from lamarck.models.endpoint.streaming import Pieces

ASK = Ask(model="m", read="chat", body={"messages": []}, key="k")


def reply(finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"message": {"role": "assistant", **message}, "finish_reason": finish}]}


def call(arguments: str) -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}


@pytest.mark.parametrize(
    ("found", "stop", "text"),
    [
        (reply(content="yes"), "stop", "yes"),
        (reply(content=[{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]), "stop", "in parts"),
        (reply("eos", content="other words for the end"), "stop", "other words for the end"),
        (reply("length", content="cut"), "length", "cut"),
        (reply("length", content=None), "length", ""),
        (reply("content_filter", content=""), "filtered", ""),
        (reply(content=None, refusal="no"), "refused", "no"),
        (reply(content=""), "empty", ""),
        (reply(content=None), "empty", ""),
        (reply("tool_calls", content=None, tool_calls=[call('{"a": 1}')]), "stop", ""),
        (reply("tool_calls", content=None, tool_calls=[call('{"a": ')]), "unparsable", ""),
    ],
)
def test_how_an_answer_ended_is_explicit(found: dict[str, Any], stop: str, text: str):
    record = read(ASK, found, "m")
    assert (record.stop, record.text) == (stop, text)
    assert record.solution("me").stop == stop


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "no object"),
        ({"choices": []}, "no choices"),
        ({"choices": [{"finish_reason": "stop"}]}, "no message"),
        (reply(None, content="x"), "finish_reason"),
        ({"error": {"message": "overloaded"}}, "success with an error in it: overloaded"),
        ({**reply(content="x"), "model": "other"}, "'other' answered for 'm'"),
        ({**reply(content="x"), "usage": {"prompt_tokens": -1}}, "impossible tokens"),
        ({**reply(content="x"), "usage": {"prompt_tokens": "many"}}, "impossible tokens"),
        (reply(content=7), "content is of type int"),
        (reply(content=None, tool_calls=[{"id": "c"}]), "tool calls cannot be read"),
    ],
)
def test_a_reply_that_is_no_answer_is_a_fault_that_is_sent_again(found: Any, said: str):
    with pytest.raises(Fault, match=said) as fault:
        read(ASK, found, "m")
    assert fault.value.again


def test_a_name_with_a_date_a_path_or_a_revision_is_the_same_model():
    for served in ("m", "M", "m-2026-01-01", "/models/m", "m@main", "m:latest"):
        assert same(served, "m"), served
    for served in ("m2", "other", "xm"):
        assert not same(served, "m"), served
    assert read(ASK, {**reply(content="x"), "model": "other"}).model == "other"


@pytest.mark.parametrize("among", [("yes", "no")])
def test_an_answer_held_to_a_list_is_one_of_it_or_unparsable(among: tuple[str, ...]):
    ask = Ask(model="m", read="chat", body={"messages": []}, key="k", among=among)
    for content, stop, text in (
        ('{"answer": "no"}', "stop", "no"),
        (" yes ", "stop", "yes"),
        ("maybe", "unparsable", "maybe"),
    ):
        record = read(ask, reply(content=content), "m")
        assert (record.stop, record.text) == (stop, text)


def test_a_stream_gives_what_the_whole_reply_gives_however_it_is_cut():
    events: list[dict[str, Any]] = [
        {"model": "m", "choices": [{"delta": {"role": "assistant", "content": ""}}]},
        {"model": "m", "choices": [{"delta": {"content": "Grüße, "}}]},
        {"model": "m", "choices": [{"delta": {"content": "Welt"}, "logprobs": {"content": [{"logprob": -0.5}]}}]},
        {
            "model": "m",
            "choices": [
                {"delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a"'}}]}}
            ],
        },
        {"model": "m", "choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}}]},
        {"model": "m", "choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
        {"model": "m", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}},
    ]
    raw = b": a comment\n\n" + b"".join(f"data: {json.dumps(e, ensure_ascii=False)}\r\n\r\n".encode() for e in events)
    for size in (1, 2, 7, 64, len(raw)):
        pieces = Pieces()
        for at in range(0, len(raw), size):
            pieces.add(raw[at : at + size])
        record = read(ASK, pieces.whole(), "m")
        assert (record.text, record.calls) == ("Grüße, Welt", (("f", '{"a": 1}', "c"),))
        assert (record.logprobs, record.prompt, record.completion) == ((-0.5,), 3, 5)


def test_a_stream_without_its_end_is_broken():
    pieces = Pieces()
    pieces.add(b'data: {"choices": [{"delta": {"content": "half"}}]}\n\n')
    with pytest.raises(Fault, match="ended before the answer did") as fault:
        pieces.whole()
    assert (fault.value.again, fault.value.tokens) == (True, 1)


def test_a_record_survives_the_journal():
    record = Record(text="a\ud800b", stop="length", calls=(("f", "{}", "c"),), logprobs=(-0.25,), prompt=3, model="m")
    assert Record.load(record.dump()) == record


def test_the_learners_prompt_and_the_tasks_own_make_one_system_turn():
    said = [Message(role="system", text="be brief"), Message(role="user", text="hello")]
    assert spoken(said, "be kind")[0] == {"role": "system", "content": "be kind\n\nbe brief"}
    assert [turn["role"] for turn in spoken(said[1:], "be kind")] == ["system", "user"]


def test_pictures_calls_and_observations_are_sent_as_endpoints_read_them(tmp_path: Any):
    (tmp_path / "a.png").write_bytes(b"png")
    image = Image(path=str(tmp_path / "a.png"), digest="d")
    shown, called, seen = spoken(
        [
            Message(role="user", text="what?", images=(image,)),
            Message(role="assistant", text="", calls=(ToolCall(name="f", arguments="{}", id="c"),)),
            Message(role="tool", text="42", call="c"),
        ]
    )
    assert shown["content"][1]["image_url"]["url"] == "data:image/png;base64,cG5n"
    assert called["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert seen["tool_call_id"] == "c"


def test_a_call_is_recorded_by_what_decides_its_answer_alone():
    one = Request(prompt=asked("q"), seeds=(1, 2), sampling=Sampling(temperature=0.5), author="a")
    said = [Message(role="user", text="q")]
    keys = [ask.key for ask in chats(one, said, "m", "")]
    assert len(set(keys)) == 2
    other = Request(prompt=asked("q"), seeds=(1, 2), sampling=Sampling(temperature=0.5), author="b")
    assert [ask.key for ask in chats(other, said, "m", "")] == keys
    hotter = Request(prompt=asked("q"), seeds=(1, 2), sampling=Sampling(temperature=0.6))
    changed = [chats(hotter, said, "m", ""), chats(one, said, "n", ""), chats(one, said, "m", "v2")]
    assert not {ask.key for asks in changed for ask in asks} & set(keys)


def test_every_sample_is_a_call_with_its_own_seed(bench: Bench):
    served = bench.serve(knows=())
    found = texts(bench.model(served), requests(2, seeds=3, max_tokens=9, top_p=0.9, top_k=5, stop=("end",)))
    assert len(served.asked) == 6
    assert len({text for each in found for text in each}) == 6
    assert {body["seed"] for body in served.bodies} == {0, 1, 2, 3}
    (body, *_) = served.bodies
    assert {"n", "logprobs"}.isdisjoint(body)
    assert (body["max_tokens"], body["top_p"], body["top_k"], body["stop"]) == (9, 0.9, 5, ["end"])


@pytest.mark.parametrize("stream", [True, False])
def test_whole_and_streamed_answers_are_the_same(bench: Bench, stream: bool):
    served = bench.serve()
    model = bench.model(served, stream=stream, logprobs=not stream)
    ((solution,),) = model.generate(requests(1))
    assert (solution.text.startswith("answer "), solution.stop) == (True, "stop")
    assert (solution.usage.prompt, solution.usage.completion) == (2, 2)
    assert len(solution.logprobs) == (0 if stream else 2)
    assert bool(served.bodies[-1].get("stream")) is stream


def test_fields_that_a_server_refuses_are_left_out_from_then_on(bench: Bench):
    served = bench.serve(refuses=("top_k", "stream_options", "seed"))
    model = bench.model(served)
    assert len(texts(model, requests(3, top_k=5))) == 3
    last = served.bodies[-1]
    assert {"top_k", "stream_options", "seed"}.isdisjoint(last)
    sent = len(served.bodies)
    texts(model, requests(6, top_k=5)[3:])
    assert len(served.bodies) == sent + 3


def test_an_unknown_prompt_is_refused_by_name(bench: Bench):
    model = bench.model(bench.serve())
    with pytest.raises(CapabilityError, match=r"openai/m cannot be asked 'no/such'"):
        model.generate([Request(prompt=Prompt(name="no/such"), seeds=(1,))])
    (message,) = model.render(Prompt(name="star/rationale", fields={"task": "2 + 2?"}))
    assert message.text.startswith("2 + 2?")
    with pytest.raises(CapabilityError, match=r"star/rationale.md shows task; the fields are none"):
        model.render(Prompt(name="star/rationale"))


def test_vectors_have_unit_length_and_come_in_order(bench: Bench):
    served = bench.serve()
    model = bench.model(served)
    vectors = model.embed([f"text {i}" for i in range(70)])
    assert len(vectors) == 70
    assert sum(x * x for x in vectors[0]) == pytest.approx(1.0)
    assert model.embed(["text 69"])[0] == pytest.approx(vectors[69])


def test_likelihoods_come_from_servers_that_echo_and_from_no_other(bench: Bench):
    asked_for = [Continuation(prompt=asked("one two"), text="three four")]
    able = bench.model(bench.serve(knows=("echo",)))
    (scores,) = able.score(asked_for)
    assert len(scores) == 2
    assert all(score < 0 for score in scores)
    (likely,) = able.distributions(asked_for, 2)
    assert [len(place) for place in likely] == [2, 2]
    assert list(likely[0].values()) == sorted(likely[0].values(), reverse=True)
    unable = bench.model(bench.serve(), kept=False)
    for ask in (lambda: unable.score(asked_for), lambda: unable.distributions(asked_for, 2)):
        with pytest.raises(CapabilityError, match="take hf/"):
            ask()


def test_what_a_server_can_is_tried_once_and_kept(bench: Bench):
    served = bench.serve(knows=("n", "response_format"), refuses=("top_k",))
    able = bench.model(served).capabilities
    assert {"n", "constrain"} <= able
    assert not {"logprobs", "tools", "images", "score", "train"} & able


def test_a_server_that_ignores_n_gets_n_calls(bench: Bench):
    served = bench.serve(knows=())
    assert "n" in bench.model(served).capabilities
