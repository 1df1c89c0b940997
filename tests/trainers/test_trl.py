import math
import shutil
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import peft
import pytest
import safetensors.torch as st
import torch
import transformers
from tests.trainers.tiny import (
    END,
    PAIRS,
    ROWS,
    chances,
    folder,
    job,
    plain,
    reference,
    row,
    tokenizer,
    trainer,
    turn,
)
from torch import Tensor

from lamarck.core import CapabilityError, Continuation, Learner, Message, ModelRef, Prompt, Rating, Row, UsageError
from lamarck.models import Host, Shelf
from lamarck.models.hf import files
from lamarck.models.hf.kit import Words
from lamarck.trainers.lean import dpo, sft
from lamarck.trainers.lean.exchange import PairSettings
from lamarck.trainers.trl import head, watch
from lamarck.trainers.trl.distill import divergence
from lamarck.trainers.trl.exchange import TrainingFailed
from lamarck.trainers.trl.rows import Reader

scorers: Any = transformers.AutoModelForSequenceClassification
adapted: Any = peft.AutoPeftModelForCausalLM
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    return reference(folder(tmp_path_factory.mktemp("hf") / "base"))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> ModelRef:
    return reference(folder(tmp_path_factory.mktemp("hf") / "other", seed=1))


class Bare(torch.nn.Module):
    """A model of transformers' as the lean loop reads one."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.inner = plain(place)

    def forward(self, ids: Tensor) -> Tensor:
        return self.inner(ids).logits


def _lean(rows: list[Row]) -> list[sft.Row]:
    words = tokenizer()
    return [
        sft.pack(words(r.messages[0].text)["input_ids"], (*words(r.messages[1].text)["input_ids"], END), r.weight)
        for r in rows
    ]


def _pairs(rows: list[Row]) -> list[dpo.Pair]:
    worse = [replace(r, messages=(r.messages[0], *r.rejected)) for r in rows]
    return [dpo.Pair(chosen=a, rejected=b) for a, b in zip(_lean(rows), _lean(worse), strict=True)]


def _lean_dpo(rows: list[Row], model: ModelRef, frozen: ModelRef, **settings: Any) -> float:
    chosen = PairSettings(**settings)
    batch = dpo.collate(_pairs(rows), chosen)
    with torch.no_grad():
        before = -(sft.surprise(Bare(Path(frozen.folder)), batch.rows) * batch.counts).sum(-1)
        return dpo.loss_of(Bare(Path(model.folder)), replace(batch, reference=before), chosen).value.item()


WEIGHTED = [replace(one, weight=weight) for one, weight in zip(ROWS, (1.0, 0.5, 0.0, 2.0), strict=False)]


@pytest.mark.parametrize("micro", [4, 1])
@pytest.mark.parametrize("rows", [ROWS[:4], WEIGHTED])
def test_the_loss_is_the_lean_loops_on_the_same_batch(base: ModelRef, tmp_path: Path, rows: list[Row], micro: int):
    trained = trainer().fit(base, job("sft", rows, micro=micro), str(tmp_path))
    with torch.no_grad():
        expected = sft.loss_of(Bare(Path(base.folder)), sft.collate(_lean(rows))).item()
    assert trained.losses == (pytest.approx(expected, abs=1e-5),)


def test_the_last_layer_at_once_is_trls_in_tiles(base: ModelRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    once = trainer().fit(base, job("sft", ROWS), str(tmp_path))
    monkeypatch.setattr(head, "MOST", 0)
    tiles = trainer().fit(base, job("sft", ROWS), str(tmp_path))
    assert once.losses == pytest.approx(tiles.losses, abs=1e-5)
    for name, values in tiles.figures.items():
        assert once.figures[name] == pytest.approx(values, abs=1e-4)


def test_a_batch_read_in_parts_gives_the_same_model(base: ModelRef, tmp_path: Path):
    places = [trainer().fit(base, job("sft", WEIGHTED * 3, micro=m), str(tmp_path)).model.folder for m in (4, 2)]
    whole, parts = (plain(Path(place)).state_dict() for place in places)
    assert all(torch.allclose(whole[name], parts[name], atol=1e-5) for name in whole)
    untouched = plain(Path(base.folder)).state_dict()
    assert not any(torch.equal(whole[name], untouched[name]) for name in whole if "proj" in name)


def test_a_single_step_learns_whatever_the_warm_up(base: ModelRef, tmp_path: Path):
    trained = trainer().fit(base, job("sft", ROWS[:4], warmup=5), str(tmp_path))
    assert trained.steps == 1
    assert trained.model.digest != base.digest
    before, after = (plain(Path(model.folder)).state_dict() for model in (base, trained.model))
    assert not torch.equal(before["lm_head.weight"], after["lm_head.weight"])


def test_ordered_rows_are_read_as_they_are_given(base: ModelRef, tmp_path: Path):
    """At a rate of next to nothing each step's loss is that of its own row."""
    order = [ROWS[at] for at in (2, 0, 3, 1)]
    trained = trainer().fit(base, job("sft", order, ordered=True, batch=1, micro=1, lr=1e-12), str(tmp_path))
    with torch.no_grad():
        each = [sft.loss_of(Bare(Path(base.folder)), sft.collate(_lean([one]))).item() for one in order]
    assert trained.losses == pytest.approx(each, abs=1e-4)


def test_an_adapter_finds_its_base_after_both_have_moved(base: ModelRef, tmp_path: Path):
    whole = trainer().fit(base, job("sft", ROWS), str(tmp_path / "here")).model
    place = Path(trainer().fit(whole, job("sft", ROWS, rank=2), str(tmp_path / "here")).model.folder)
    assert files.base(place).digest == whole.digest
    (tmp_path / "here").rename(tmp_path / "there")
    moved = tmp_path / "there" / place.name
    assert files.base(moved).digest == whole.digest
    before = files.digest(moved)
    (moved / "base.json").write_text('{"digest": "another"}')
    assert files.digest(moved) != before, "what an adapter stands on is part of what it is"


def test_an_adapter_is_the_same_wherever_its_base_lies(base: ModelRef, tmp_path: Path):
    elsewhere = reference(Path(shutil.copytree(base.folder, tmp_path / Path(base.folder).name)))
    made = [trainer().fit(one, job("sft", ROWS, rank=2), str(tmp_path / "out")).model for one in (base, elsewhere)]
    assert made[0].digest == made[1].digest
    config = Path(made[0].folder) / "adapter_config.json"
    config.write_text(config.read_text().replace('"r": 2', '"r": 3'))
    assert files.digest(Path(made[0].folder)) != made[0].digest


@pytest.mark.parametrize(
    ("weights", "settings"),
    [((1.0,) * 4, {}), ((1.0, 0.5, 0.0, 2.0), {}), ((1.0,) * 4, {"nll": 0.5}), ((1.0,) * 4, {"scope": "step"})],
)
def test_the_loss_on_pairs_is_the_lean_loops(
    base: ModelRef, other: ModelRef, tmp_path: Path, weights: tuple[float, ...], settings: dict[str, Any]
):
    rows = [replace(one, weight=weight) for one, weight in zip(PAIRS, weights, strict=False)]
    asked = replace(job("dpo", rows, beta=0.3, **settings), reference=other)
    trained = trainer().fit(base, asked, str(tmp_path))
    assert trained.losses[0] == pytest.approx(_lean_dpo(rows, base, other, beta=0.3, **settings), abs=1e-5)


def test_preference_by_hand(base: ModelRef, other: ModelRef, tmp_path: Path):
    """-log sigmoid(beta ((chosen - its reference) - (rejected - its reference))), sums over bytes and the end."""
    asked = replace(job("dpo", PAIRS[3:4], beta=0.3), reference=other)
    trained = trainer().fit(base, asked, str(tmp_path))
    own, frozen = (plain(Path(model.folder)) for model in (base, other))
    gains = [
        sum(chances(own, "3 7>10|", text)) - sum(chances(frozen, "3 7>10|", text)) for text in ("7+3=10", "7*3=21")
    ]
    margin = 0.3 * (gains[0] - gains[1])
    assert trained.losses[0] == pytest.approx(math.log(1 + math.exp(-margin)), abs=1e-5)
    assert trained.figures["margin"][0] == pytest.approx(margin, abs=1e-4)


def test_single_verdicts_by_hand(base: ModelRef, other: ModelRef, tmp_path: Path):
    """1 - sigmoid(beta (gain - z)) for what is wanted, the other way round for the rest; z is the mean gain of each
    answer after its neighbour's prompt, not below 0."""
    rows = [row("3 7>10|", "7+3=10"), row("5 7>12|", "7*5=35", good=False)]
    asked = replace(job("kto", rows, beta=0.3, undesirable=0.5, batch=2), reference=other)
    trained = trainer().fit(base, asked, str(tmp_path))
    own, frozen = (plain(Path(model.folder)) for model in (base, other))

    def gain(prompt: str, answer: str) -> float:
        return sum(chances(own, prompt, answer)) - sum(chances(frozen, prompt, answer))

    z = max(0.0, fmean((gain("3 7>10|", "7*5=35"), gain("5 7>12|", "7+3=10"))))
    good, bad = gain("3 7>10|", "7+3=10"), gain("5 7>12|", "7*5=35")
    wanted, unwanted = 1 / (1 + math.exp(0.3 * (good - z))), 1 / (1 + math.exp(0.3 * (z - bad)))
    assert trained.figures["kl"][0] == pytest.approx(z, abs=1e-4)
    assert trained.losses[0] == pytest.approx((wanted + 0.5 * unwanted) / 2, abs=1e-5)


def test_divergence_by_hand():
    own, told = torch.tensor([[[0.0, 0.0]]]), torch.tensor([[[math.log(3), 0.0]]])
    expected = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert divergence(own, told).item() == pytest.approx(expected, abs=1e-6)


def test_a_teachers_distributions_are_learned_by_their_share(base: ModelRef, other: ModelRef, tmp_path: Path):
    asked = replace(job("distill", ROWS[:4], weight=0.25), reference=other)
    trained = trainer().fit(base, asked, str(tmp_path))
    rows = sft.collate(_lean(ROWS[:4]))
    with torch.no_grad():
        labels = sft.loss_of(Bare(Path(base.folder)), rows).item()
        apart = divergence(Bare(Path(base.folder))(rows.ids), Bare(Path(other.folder))(rows.ids))
    far = apart[rows.labels != sft.IGNORED].mean().item()
    assert trained.losses[0] == pytest.approx(0.25 * labels + 0.75 * far, abs=1e-5)
    assert trained.figures["divergence"][0] == pytest.approx(far, abs=1e-5)


def test_reward_models_tell_the_preferred_text(base: ModelRef, tmp_path: Path):
    trained = trainer().fit(base, job("reward", PAIRS * 4, lr=3e-2), str(tmp_path))
    assert trained.figures["accuracy"][-1] == 1.0
    assert trained.figures["margin"][-1] > 1.0
    scorer = scorers.from_pretrained(trained.model.folder).eval()
    words = tokenizer()
    with torch.no_grad():
        better, worse = (
            scorer(torch.tensor([[*words(f"3 7>10|{answer}")["input_ids"], END]])).logits.item()
            for answer in ("7+3=10", "7*3=21")
        )
    assert better > worse


@pytest.mark.parametrize("rank", [0, 4])
def test_what_is_trained_rates_texts_as_training_read_them(base: ModelRef, tmp_path: Path, rank: int):
    trained = trainer().fit(base, job("reward", PAIRS * 4, lr=3e-2, rank=rank), str(tmp_path))
    on = Shelf(Host())
    learner = Learner(model=trained.model)
    model = on.open(learner)
    assert isinstance(model, Rating)

    def asked(text: str) -> Continuation:
        prompt = Prompt(name="task/any", messages=(Message(role="user", text="3 7>10|"),))
        return Continuation(prompt=prompt, text=text)

    better, worse = model.ratings([asked("7+3=10"), asked("7*3=21")])
    assert better > worse
    if rank == 0:
        scorer = scorers.from_pretrained(trained.model.folder).eval()
        ids = [*tokenizer()("3 7>10|7+3=10")["input_ids"], END]
        assert better == pytest.approx(scorer(torch.tensor([ids])).logits.item(), abs=1e-5)


@pytest.mark.parametrize("loss", ["grpo", "rloo"])
def test_what_scores_well_becomes_likelier(base: ModelRef, tmp_path: Path, loss: str):
    prompts = [Row(messages=one.messages[:1], learn=(False,)) for one in ROWS[:4]]
    asked, seen = list[tuple[int, str]](), list[float]()

    def score(samples: Any) -> list[float]:
        asked.extend(samples)
        scores = [float(sum(letter < "A" for letter in text)) for _, text in samples]
        seen.append(fmean(scores))
        return scores

    told = job(loss, prompts * 8, score=score, samples=8, tokens=4, kl=0.01, lr=0.1, micro=32)
    trained = trainer().fit(base, told, str(tmp_path))
    assert trained.figures["reward"] == pytest.approx(tuple(seen), abs=1e-5)
    assert trained.steps == len(seen) == 8
    assert {at % 4 for at, _ in asked} == {0, 1, 2, 3}
    assert seen[-1] > seen[0] + 0.5
    assert trained.figures["kl"][0] == pytest.approx(0.0, abs=1e-6)
    assert trained.figures["kl"][-1] > 0.0


def test_texts_are_packed_end_to_end_and_every_token_is_learned(base: ModelRef, tmp_path: Path):
    texts = [Row(messages=(turn("user", "a" * n),), learn=(True,)) for n in (5, 9, 3)]
    rows = Reader(words=Words(Path(base.folder)), length=8).stream(texts, seed=0)
    ids = [token for one in rows for token in one.ids]
    assert [len(one.ids) for one in rows] == [8, 8, 4]
    assert all(one.labels == one.ids for one in rows)
    assert ids.count(END) == 3
    trained = trainer().fit(base, job("clm", texts * 8, length=8), str(tmp_path))
    assert trained.losses[-1] < trained.losses[0]


def test_only_learned_turns_count_each_with_its_end(tmp_path: Path):
    place = folder(tmp_path / "chat", chat=True)
    words = Words(place)
    asked = [turn("user", "hi"), turn("assistant", "yo"), turn("user", "so"), turn("assistant", "ok")]
    for learn, taught in (((0, 1, 0, 1), ["yo<|end|>", "ok<|end|>"]), ((0, 0, 0, 1), ["ok<|end|>"])):
        made = Reader(words=words, length=99).text(asked, [bool(one) for one in learn], 1.0)
        learned = "".join(
            words.tokenizer.decode([token]) if label != sft.IGNORED else "·"
            for token, label in zip(made.ids, made.labels, strict=True)
        )
        assert [part for part in learned.split("·") if part] == taught
        whole = "<|user|>hi<|end|><|assistant|>yo<|end|><|user|>so<|end|><|assistant|>ok<|end|>"
        assert words.tokenizer.decode(made.ids) == whole
    words.close()


def test_the_prompt_is_the_very_tokens_that_sampling_asks_with(tmp_path: Path):
    words = Words(folder(tmp_path / "chat", chat=True))
    made = Reader(words=words, length=99).text([turn("user", "hi"), turn("assistant", "yo")], [False, True], 1.0)
    asked = words.beginning([turn("user", "hi")])
    assert list(made.ids[: len(asked)]) == asked
    assert set(made.labels[: len(asked)]) == {sft.IGNORED}
    words.close()


def test_a_run_broken_off_goes_on_to_the_same_weights(base: ModelRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = job("sft", ROWS * 2, schedule="cosine", warmup=2)
    whole = trainer().fit(base, asked, str(tmp_path / "whole"))
    settle = watch.settle

    def killed(work: Path, step: int) -> None:
        settle(work, step)
        if step == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        trainer(checkpoint_s=0.0).fit(base, asked, str(tmp_path / "parts"))
    monkeypatch.undo()
    work = next((tmp_path / "parts").glob(".training-*"))
    assert [path.name for path in work.glob("checkpoint-*")] == ["checkpoint-3"]
    (work / "checkpoint-9").mkdir()  # half-written: not marked as whole
    again = trainer(checkpoint_s=0.0).fit(base, asked, str(tmp_path / "parts"))
    assert (again.model.digest, again.losses) == (whole.model.digest, whole.losses)
    assert [path.name for path in (tmp_path / "parts").iterdir()] == [again.model.digest[:16]]


def test_adapters_load_in_plain_peft_and_are_gone_on_with(base: ModelRef, tmp_path: Path):
    first = trainer().fit(base, job("sft", ROWS * 2, rank=4), str(tmp_path))
    place = Path(first.model.folder)
    assert {path.name for path in place.iterdir()} == {"adapter_config.json", "adapter_model.safetensors", "base.json"}
    assert files.base(place).digest == base.digest
    opened = adapted.from_pretrained(str(place))
    before, after = (sum(chances(model, "3 7>10|", "7+3=10")) for model in (plain(Path(base.folder)), opened.eval()))
    assert after > before
    second = trainer().fit(first.model, job("sft", ROWS * 2), str(tmp_path))
    assert second.losses[0] < first.losses[0] - 0.05
    named = replace(job("sft", ROWS * 2), adapter="plan", begin=first.model)
    assert trainer().fit(base, named, str(tmp_path)).losses == second.losses
    paired = trainer().fit(first.model, job("dpo", PAIRS), str(tmp_path))
    assert paired.figures["margin"][0] == 0.0
    assert trainer().fit(first.model, job("sft", ROWS * 2, rank=4), str(tmp_path)).losses == second.losses
    with pytest.raises(UsageError, match=r"adapter of rank 4, and is gone on with as it is; rank 8 .*updating\.rank=4"):
        trainer().fit(first.model, job("sft", ROWS, rank=8), str(tmp_path))
    with pytest.raises(CapabilityError, match="is an adapter itself"):
        trainer().fit(first.model, replace(named, begin=None), str(tmp_path))


def test_a_model_of_state_spaces_gets_adapters_where_it_bears_them(tmp_path: Path):
    place = folder(tmp_path / "mamba")
    kind: Any = transformers.MambaConfig
    config = kind(vocab_size=len(tokenizer()), hidden_size=16, num_hidden_layers=2, state_size=4, eos_token_id=END)
    transformers.MambaForCausalLM(config).save_pretrained(place)
    made = trainer().fit(reference(place), job("sft", ROWS[:4], rank=2), str(tmp_path / "out"))
    adapted = {name.split(".")[-3] for name in st.load_file(Path(made.model.folder) / "adapter_model.safetensors")}
    assert adapted >= {"in_proj", "x_proj"}
    assert "out_proj" not in adapted


def test_a_loss_that_is_no_number_stops_and_names_its_rows(base: ModelRef, tmp_path: Path):
    with pytest.raises(TrainingFailed, match=r"became nan at step \d, on the rows \d+ \('7\+.*is kept. Lower the rate"):
        trainer(checkpoint_s=0.0).fit(base, job("sft", ROWS, lr=1e30), str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert trainer().fit(base, job("sft", ROWS), str(tmp_path)).losses


def test_tokens_that_do_not_fit_are_refused(base: ModelRef, tmp_path: Path):
    more = reference(folder(tmp_path / "more", extra=3))
    with pytest.raises(UsageError, match=r"token 26\d|knows 264 tokens"):
        trainer().fit(more, job("sft", ROWS), str(tmp_path / "out"))
    words = tokenizer()
    words.add_tokens(["zz"])
    strange = folder(tmp_path / "strange")
    model = plain(strange)
    model.resize_token_embeddings(len(words), mean_resizing=False)
    model.save_pretrained(strange)
    words.save_pretrained(strange)
    asked = replace(job("distill", ROWS), reference=reference(strange))
    with pytest.raises(UsageError, match="different tokens"):
        trainer().fit(base, asked, str(tmp_path / "out"))


def test_what_cannot_be_used_is_refused_before_training(base: ModelRef, tmp_path: Path):
    for asked, message in (
        (job("ppo", ROWS), "unknown loss 'ppo'"),
        (job("sft", []), "no rows"),
        (job("sft", PAIRS), "preference pairs"),
        (job("dpo", [*PAIRS, ROWS[0]]), "1 of 13 rows have no `rejected`"),
        (job("reward", [*PAIRS, replace(PAIRS[0], weight=0.5)]), "counts all rows alike"),
        (job("grpo", ROWS), "needs scores"),
        (job("distill", ROWS), "learns from another model"),
        (job("sft", ROWS, rate=1.0), "unknown training setting 'rate'"),
        (job("sft", ROWS, optimizer="muon"), "unknown value of training setting 'optimizer': 'muon'"),
        (job("sft", ROWS, length=2), "no .*learned token|none of the 12 texts"),
    ):
        with pytest.raises(UsageError, match=message):
            trainer().fit(base, asked, str(tmp_path / "out"))
