"""How a task is put to a model, and what its labelled example says. The form of the answer is named in every prompt."""

from __future__ import annotations

from lamarck.environments.tasks.item import Item

FORMS = {
    "number": "Reason step by step. Finish with a line of the form `The answer is N.` where N is the number alone.",
    "math": "Reason step by step. Finish with the final answer in the form \\boxed{answer}.",
    "choice": "Choose one of the options. Reason first; finish with a line of the form `The answer is (X).`",
    "date": "Reason step by step. Finish with a line of the form `The answer is MM/DD/YYYY.`",
    "text": "Reason first. Finish with a line of the form `The answer is ...` that gives the answer and nothing else.",
}
CODE = "Write the code in Python. Put all of it in one block between ```python and ```, without tests of your own."
GAME = (
    "Make 24 from the numbers {numbers}, each used exactly once, with +, -, *, / and brackets. "
    "Finish with the whole expression on a line of its own, such as `(9 - 5) * 6`."
)


def words(item: Item, rule: str) -> str:
    """The task in words: the question, its options, and the form that the answer should have."""
    if rule == "game24":
        return GAME.format(numbers=item.question)
    if rule in ("constraints", "own", "regex", "none"):
        return item.question
    return f"{question(item, rule)}\n\n{form(item, rule)}"


def question(item: Item, rule: str) -> str:
    """The question with its options, where it does not list them itself."""
    listed = [f"({letter}) {words}" for letter, words in item.options.items()]
    if not listed or all(line.casefold() in item.question.casefold() for line in listed):
        return item.question
    return f"{item.question}\n" + "\n".join(listed)


def form(item: Item, rule: str) -> str:
    """What is asked of the answer's form."""
    if rule == "code" or rule.startswith("project"):
        return CODE
    if item.answers.form == "word":
        labels = _either(item.answers.labels)
        return f"Reason first. Finish with a line of the form `The answer is X.` where X is {labels}."
    return FORMS[item.answers.form]


def answered(item: Item, rule: str) -> str:
    """The label as a model should have written it: the rationale, if the file has one, and the final answer."""
    if rule == "code" or rule.startswith("project"):
        return f"```python\n{item.reference.strip()}\n```"
    if rule == "none":
        return item.reference
    said = {
        "math": f"The answer is \\boxed{{{item.reference}}}.",
        "choice": f"The answer is ({item.reference}).",
    }.get(item.answers.form, f"The answer is {item.reference}.")
    if "\\boxed" in item.rationale and item.answers.form == "math":
        return item.rationale.strip()
    return f"{item.rationale.strip()}\n{said}".strip()


def _either(labels: tuple[str, ...]) -> str:
    return " or ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else "".join(labels)
