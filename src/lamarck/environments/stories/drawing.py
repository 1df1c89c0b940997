"""A stand-in for an image tool: stick figures as SVG text. It shows who is in a shot and how near, and no more."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lamarck.environments.stories.shots import Shot

WIDTH, HEIGHT = 320, 180
FIGURE = {"wide": 40, "medium": 80, "close": 130}
"""Height of a figure in pixels."""
MOST = 3
"""People that a frame has room for."""
TITLE = 60
"""Signs of what happens that stand under a frame."""


def frame(shot: Shot) -> str:
    """The shot as an SVG picture. Raises: ValueError for more people than a frame has room for."""
    if len(shot.people) > MOST:
        raise ValueError(f"a frame has room for {MOST} people, not for {len(shot.people)}")
    step = WIDTH // (len(shot.people) + 1)
    figures = [_figure(name, step * at, FIGURE[shot.size]) for at, name in enumerate(shot.people, start=1)]
    words = f'<text x="8" y="{HEIGHT - 8}" font-size="9">{shot.number}. {escape(shot.shows[:TITLE])}</text>'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#eef"/>'
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', ground, *figures, words, "</svg>"])


def _figure(name: str, x: int, height: int) -> str:
    """Head, body, and the name above."""
    top, head = HEIGHT - 25 - height, height // 6
    body = f'<line x1="{x}" y1="{top + 2 * head}" x2="{x}" y2="{HEIGHT - 25}" stroke="black"/>'
    circle = f'<circle cx="{x}" cy="{top + head}" r="{head}" fill="white" stroke="black"/>'
    return f'{circle}{body}<text x="{x}" y="{top - 3}" font-size="9" text-anchor="middle">{escape(name[:TITLE])}</text>'
