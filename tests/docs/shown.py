"""The commands that a page of documentation shows, with their output, and the rule by which it is compared.

A line of a ```console block that begins with `$ ` is a command, what follows is its output. In running text
and tables what stands in backticks is a command if it begins with a program's name and goes on.

The rule: in output every number is as good as any other, and so is every hash; how wide columns are, and the
lines that tables are drawn with, do not count. `…` stands for the rest of a line; alone, for any lines.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = (
    "apt", "apt-get", "cd", "cp", "curl", "df", "dmesg", "docker", "dvc", "export", "git", "iconv", "java",
    "kill", "make", "mkdir", "mypy", "nc", "pip", "pytest", "python", "rm", "ruff", "source", "sudo", "tail",
    "traindy", "ulimit", "uvicorn", "wget",
)  # fmt: skip
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?(?![\w])")
HASH = re.compile(r"\b[0-9a-f]{7,64}\b")
DRAWN = re.compile(r"[\s│┃─━═├└┌┐┏┓┗┛┡┩╇┳┻╈┴┬┼╺╸|+>-]+")


@dataclass(frozen=True)
class Command:
    """A command as a page shows it; without output if none is shown."""

    page: str
    text: str
    output: tuple[str, ...] = ()


def blocks(page: Path) -> list[Command]:
    """The commands of the page's console blocks, in order."""
    found: list[Command] = []
    for language, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if language != "console":
            continue
        for part in re.split(r"^\$ ", body.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
            text, *output = part.rstrip("\n").split("\n")
            found.append(Command(page.name, text, tuple(line for line in output if line.strip())))
    return found


def spans(page: Path) -> list[Command]:
    """The commands in running text and tables."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = [" ".join(span.split()) for span in SPAN.findall(text)]
    commands = re.compile(rf"(?:{'|'.join(PROGRAMS)}) (?!\S+:(?: |$))")  # `traindy serve: …` is a message
    return [Command(page.name, span) for span in found if commands.match(span)]


def masked(line: str) -> str:
    """What of a line of output is compared."""
    line = HASH.sub("0", line)
    line = NUMBER.sub("0", line)
    return DRAWN.sub(" ", line).strip()


def shows(shown: tuple[str, ...], real: str) -> bool:
    """Whether what the page shows is what was printed, by the rule above."""
    lines = [line for line in map(masked, real.splitlines()) if line]
    pattern = ""
    for line in shown:
        if line.strip() == "…":
            pattern += r"(?:.*\n)*"
        elif wanted := masked(line):
            parts = (re.escape(part.strip()) for part in wanted.split("…"))
            pattern += r".*".join(parts) + r" *\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None
