"""A paged dialogue on its way: the user's turns, and the calls that answer them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lamarck.core import Batch, Context, Experience, Message, Origin, Sampling, Solution, ToolCall, Usage
from lamarck.operators.paging import Desk, cut
from lamarck.operators.paging_calls import Refused, Room, functions, read
from lamarck.operators.paging_view import View
from lamarck.operators.turns import parts

if TYPE_CHECKING:
    from lamarck.operators.solutions.paged_chat import PagedChat

BY = {"user": "user", "assistant": "you"}
"""Who a message of a task is by, as the queue says it."""


@dataclass(kw_only=True)
class Turn:
    """What happened since the user spoke."""

    messages: list[Message] = field(default_factory=list[Message])
    said: list[str] = field(default_factory=list[str])


class Talk:
    """One dialogue: it hears the user, acts for the model, and stores what both say."""

    def __init__(self, how: PagedChat, talk: Batch, ctx: Context) -> None:
        """In: the experiences of one stream, in order."""
        stream = talk[0].task.stream or talk[0].task.id
        self.how, self.talk, self.ctx, self.learner = how, talk, ctx, ctx.role("learner")
        self.author = self.learner.hash
        self.session, self.usage = ctx.memory.session(stream), Usage()
        self.desk = Desk(
            session=self.session, stream=stream, round=ctx.round, names=how.blocks, longest=how.result, keeps=how.recall
        )
        self.known = functions(self.desk, recall=how.recall)
        self.view = View(how=how, learner=self.learner, desk=self.desk, known=self.known, spent=self._spent)

    def held(self) -> Batch:
        """Out: the experiences, answered in order, each with what was stored meanwhile."""
        out: Batch = []
        for experience in self.talk:
            before, task = len(self.session.writes), experience.task
            self.desk.task, self.usage = task.id, Usage()
            self.desk.day = int(task.parameters.get("day") or self.desk.day + 1)
            solution = self._solution(experience)
            if experience is self.talk[-1]:
                self.desk.leave()
            self.desk.settle()
            origin = Origin(
                operator=self.ctx.operator,
                learner=self.author,
                seed=self.ctx.seeds(f"{experience.id} 0 0", 1)[0],
                temperature=self.how.temperature,
                round=self.ctx.round,
            )
            writes = tuple(self.session.writes[before:])
            out.append(replace(experience, solution=solution, writes=writes, origin=origin))
        return out

    def _solution(self, experience: Experience) -> Solution:
        """The answers to a session's turns, with the user's further turns between them."""
        made, turn = list[Message](), Turn()
        for number, part in enumerate(parts(experience.task)):
            made += part if number else ()
            for message in part:
                by = BY.get(message.role, "system")
                self.desk.asked = self.desk.hear(by, message.text, keep=message.text if message.role in BY else "")
            if part[-1].role != "user":
                continue
            turn = self._answered(experience, f"{experience.id} {number}")
            said = Message(role="assistant", text="\n".join(turn.said), author=self.author)
            made += [*turn.messages, said]
        self.desk.asked = None
        stop = "stop" if turn.said else "empty"
        return Solution(messages=tuple(made), author=self.author, usage=self.usage, stop=stop)

    def _answered(self, experience: Experience, key: str) -> Turn:
        """Call after call, until the model yields or its heartbeats are spent."""
        turn, sampling = Turn(), Sampling(temperature=self.how.temperature, max_tokens=self.how.reply)
        for step in range(self.how.heartbeats + 1):
            at = f"{key} {step}"
            prompt = self.view.next(experience.task.fields, at, self.ctx)
            reply = self.ctx.generate([prompt], [at], role=self.learner, sampling=sampling)[0][0]
            self._spent(reply.usage)
            if not self._acted(reply.text.strip(), str(step), turn):
                break
        return turn

    def _acted(self, reply: str, id: str, turn: Turn) -> bool:
        """Carry out what a reply calls for. Out: whether the model goes on at once."""
        room, made = Room(block=self.how.block, page=self.how.page), tuple[ToolCall, ...]()
        try:
            thought, call = read(reply, self.known)
            if call is None or call.name == "say":
                said = thought if call is None else str(call.arguments["text"])
                self.desk.hear("you", reply, keep=said)
                turn.said += [said] if said else []
                return call is not None and call.again
            result, again = self.known[call.name].run(self.desk, room, call.arguments), call.again
            made = (ToolCall(name=call.name, arguments=call.text, id=id),)
        except Refused as error:
            thought, result, again = reply, f"error: {error}", True
        result = cut(result, self.how.result)
        self.desk.hear("you", reply)
        self.desk.hear("result", result)
        turn.messages.append(Message(role="assistant", text=thought, author=self.author, calls=made))
        turn.messages.append(Message(role="tool", text=result, call=id))
        return again

    def _spent(self, usage: Usage) -> None:
        prompt, completion = self.usage.prompt + usage.prompt, self.usage.completion + usage.completion
        self.usage = Usage(prompt=prompt, completion=completion, seconds=self.usage.seconds + usage.seconds)
