"""`make preview`: every board, drawn from the answers of a demo that ran for a while. It is not Grafana."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.demo_stage import Stage, demo_stage
from tests.preview.answers import Answer, answer
from tests.preview.page import WIDTH, height_of, page
from tests.stack.generation import GENERATIONS
from tests.stack.queries import DASHBOARDS, panels, read

THEMES = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("preview"), help="folder of the pages and pictures")
    parser.add_argument("--for-s", type=float, default=150, help="how long the demo runs before it is drawn")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(_preview(chosen.out, chosen.for_s))


async def _preview(out: Path, for_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with demo_stage(Path(folder), GENERATIONS[-1]) as stage:
            print(f"The demo runs for {for_s:g} s …", flush=True)
            await asyncio.sleep(for_s)
            boards = [read(path) for path in DASHBOARDS]
            answers = [await _answers(stage, board) for board in boards]
    for board, shown in zip(boards, answers, strict=True):
        for theme in THEMES:
            _picture(board, page(board, shown, theme), out / f"{board['uid']}-{theme}.html")
    print(f"Pages and pictures are in {out}.")


async def _answers(stage: Stage, board: dict[str, Any]) -> dict[int, Answer]:
    return {panel["id"]: await answer(stage, board, panel) for panel in panels(board)}


def _picture(board: dict[str, Any], text: str, path: Path) -> None:
    """A screenshot beside the page; Chromium's own command line needs no driver."""
    path.write_text(text, encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size = f"--window-size={WIDTH},{height_of(board)}"
    picture = path.with_suffix(".png").resolve()
    subprocess.run(
        [*command, size, f"--screenshot={picture}", path.resolve().as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )


if __name__ == "__main__":
    main()
