"""Final answers of models: where they stand in a text, what form they have, when two are the same.

    Answers(form="number").read("So she has 3 + 4 = 7 apples. The answer is 7.")      # "7"
    Answers(form="math").same("0.5", "\\\\frac{1}{2}")                                # True

All of it is pattern matching and a parser of our own: bounded, on the bare install, and nothing in a model's text is
ever executed.
"""

from lamarck.data.answers.forms import Answers, Form, form_of

__all__ = ["Answers", "Form", "form_of"]
