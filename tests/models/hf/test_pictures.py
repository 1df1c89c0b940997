"""Pictures in a message reach an image-text model, and texts without go on beside."""

from pathlib import Path
from typing import Any, cast

import pytest
import torch
from PIL import Image as Picture
from tests.models.hf.folders import llama, opened, tokenizer
from transformers import (
    AutoProcessor,
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from lamarck.core import CapabilityError, Continuation, Image, Message, Prompt, Request, Sampling

TEMPLATE = (
    "{% for message in messages %}{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}{% endfor %}"
)
GREEDY = Sampling(temperature=0.0, max_tokens=8)


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llava of 16 x 16 pixels."""
    folder = tmp_path_factory.mktemp("hf") / "llava"
    words = tokenizer.__wrapped__(TEMPLATE)
    words.add_special_tokens({"additional_special_tokens": ["<image>"]})
    mark = words.convert_tokens_to_ids("<image>")
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=16, patch_size=8
    )
    torch.manual_seed(0)
    config: Any = LlavaConfig
    model: Any = LlavaForConditionalGeneration(
        config(vision_config=vision, text_config=llama(vocab_size=len(words)), image_token_id=mark)
    )
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.normal_(0.0, 0.15)
    pixels: Any = CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    made: Any = LlavaProcessor(
        image_processor=pixels,
        tokenizer=words,
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
    model.save_pretrained(folder)
    made.save_pretrained(folder)
    return folder


def asking(text: str, *pictures: Path) -> Prompt:
    images = tuple(Image(path=str(path), digest=path.name) for path in pictures)
    return Prompt(name="task/any", messages=(Message(role="user", text=text, images=images),))


def plainly(folder: Path, text: str, picture: Path | None) -> str:
    processor: Any = cast("Any", AutoProcessor).from_pretrained(folder)
    model: Any = LlavaForConditionalGeneration.from_pretrained(folder).eval()
    if picture is None:
        given = processor(text=[text], return_tensors="pt", add_special_tokens=False)
    else:
        images = [Picture.open(picture)]
        given = processor(text=["<image>" + text], images=images, return_tensors="pt", add_special_tokens=False)
    out = model.generate(**given, max_new_tokens=8, do_sample=False)
    return str(processor.tokenizer.decode(out[0, given["input_ids"].shape[1] :], skip_special_tokens=True))


def test_pictures_are_seen(seeing: Path, tmp_path: Path):
    red, blue = tmp_path / "red.png", tmp_path / "blue.png"
    Picture.new("RGB", (16, 16), (255, 0, 0)).save(red)
    Picture.new("RGB", (20, 16), (0, 0, 255)).save(blue)
    asked = [("what", red), ("what", blue), ("what", None), ("which of them", red)]
    model = opened(seeing)
    requests = [
        Request(prompt=asking(text, *([at] if at else [])), seeds=(1, 2), sampling=GREEDY) for text, at in asked
    ]
    found = model.generate(requests)
    for (text, at), (first, second) in zip(asked, found, strict=True):
        assert first.text == second.text == plainly(seeing, text, at)
    assert found[0][0].text != found[1][0].text
    with pytest.raises(CapabilityError, match="texts after a picture have no score here"):
        model.score([Continuation(prompt=asking("what", red), text="24")])


def test_a_model_of_texts_refuses_pictures(folder: Path, tmp_path: Path):
    Picture.new("RGB", (16, 16)).save(tmp_path / "black.png")
    with pytest.raises(CapabilityError, match="reads no pictures; take an image-text model"):
        opened(folder).generate([Request(prompt=asking("what", tmp_path / "black.png"), seeds=(1,))])
