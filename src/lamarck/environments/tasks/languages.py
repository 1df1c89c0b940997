"""Which language a text is in, told by its script, and in a shared script by its commonest words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

LONGEST = 20_000
"""Characters that are looked at."""
SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "LATIN": (), "CYRILLIC": ("ru", "bg", "uk"), "ARABIC": ("ar", "fa", "ur"), "DEVANAGARI": ("hi", "mr", "ne"),
    "BENGALI": ("bn",), "GURMUKHI": ("pa",), "GUJARATI": ("gu",), "TAMIL": ("ta",), "TELUGU": ("te",),
    "KANNADA": ("kn",), "MALAYALAM": ("ml",), "THAI": ("th",), "HANGUL": ("ko",), "GREEK": ("el",), "HEBREW": ("he",),
    "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "CJK": ("zh",),
}  # fmt: skip
"""First word of a letter's Unicode name -> the languages written so."""
COMMON: Mapping[str, str] = {
    "en": "the of and to in is that it for you with was are this be have not on as your we can but from they will",
    "de": "der die und das ist nicht ich zu den mit ein eine von auf für sie es im dem auch als sich wir wie sind",
    "fr": "le la les des et est une un que pour dans qui vous pas sur avec au nous ce plus il elle par sont du",
    "es": "el la los las de que y en un una es por con para del se no su como más lo al pero sus",
    "pt": "o a os as de que e em um uma é por com para do da se não seu como mais dos ao você são na no",
    "it": "il la di che e un una è per con del della non sono le gli nel si come più anche alla ci i da in",
    "nl": "de het een en van is dat niet in te op zijn voor met die aan er je ook als om maar hebben",
    "fi": "ja on ei että se oli hän mutta kun kuin myös niin ovat tämä ole sen voi minä olen jos tai mitä",
    "sw": "na ya wa ni kwa katika la za kuwa hii yake huu cha watu vya kama hiyo lakini sana yangu kwamba",
    "vi": "và của là có không được cho một các trong với người này đã những để khi như về tôi bạn",
    "pl": "i w na z się nie do to jest że o jak za po co ale od są dla przez czy być",
    "tr": "ve bir bu için ile de da çok olarak daha gibi ne var kadar ben sen o olan değil",
    "sv": "och att det som en på är av för med den till inte om ett han var jag har de vi",
    "ru": "и в не на я что он с как это по но из у за то все так его вы мы от для к",
    "bg": "и на да се в за не от са е с по като това което този но че ще към при до си",
    "uk": "і в не на що та з у як це до за від але я він ми є для або його бути",
    "ar": "في من على أن إلى هذا ما لا التي هو كان عن هذه مع الذي كل أو هي قد",
    "fa": "و در به از که این را است با برای آن یک تا می ها هم بر شما خود های",
    "ur": "کے میں کی ہے اور سے کا کو ہیں یہ پر نے کہ ایک بھی نہیں اس تو جو ہم",
    "hi": "के है में की और से को का हैं यह पर एक नहीं भी इस कि हम तो जो लिए",
    "mr": "आहे आणि या मी ते हे व आहेत की नाही तो होते ही एक त्या तर आपण असे साठी काही",
    "ne": "छ र को मा हो छन् यो गर्न लागि पनि एक भएको थियो हुन्छ म तपाईं गर्ने तथा गरेको हुन",
}
"""Language -> some of its commonest words."""
WORDS = {name: frozenset(words.split()) for name, words in COMMON.items()}


def language(text: str) -> str:
    """ISO 639-1 code of the language that most of a text is in; "" for a text without letters."""
    text = text[:LONGEST]
    scripts = Counter(_script(char) for char in text if char.isalpha())
    if not scripts:
        return ""
    script = scripts.most_common(1)[0][0]
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts.total() / 10:
        return "ja"
    candidates = SCRIPTS.get(script, ())
    if script == "LATIN":
        candidates = tuple(
            name for name, words in COMMON.items() if words[0].isascii() and _script(words[0]) == "LATIN"
        )
    if len(candidates) == 1:
        return candidates[0]
    words = Counter(re.findall(r"[^\W\d_]+(?:[\u0900-\u0983\u093c-\u094f][^\W\d_]*)*", text.casefold()))
    if script == "DEVANAGARI":
        words = Counter(re.split(r"[\s.,!?\u0964;:()\"'-]+", text))
    scores = {name: sum(words[word] for word in WORDS[name]) for name in candidates if name in WORDS}
    best = max(scores, key=lambda name: scores[name], default="")
    return best if scores.get(best) else candidates[0] if script != "LATIN" and candidates else "en"


def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]
