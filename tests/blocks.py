"""The code blocks of a Markdown file, and what a person would type of them."""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w./-]+\.(?:py|toml))\n")  # a first line that names the block's file
PROMPT = re.compile(r"^(\w+)\$ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text and the line of the file where it starts."""

    language: str
    text: str
    line: int

    @property
    def file(self):
        """The file that the block's first line names, or None."""
        named = NAMED.match(self.text)
        return named and named[1]

    def commands(self):
        """(machine, command) for each line that is typed; machine is None in a plain block."""
        if self.language == "console":
            return PROMPT.findall(self.text)
        text = self.text.replace("\\\n", " ") if self.language == "sh" else ""
        lines = [re.sub(r"(^|\s+)#\s.*", "", line).strip() for line in text.splitlines()]
        return [(None, line) for line in lines if line]


def read_blocks(path):
    text = path.read_text(encoding="utf-8")
    return [
        Block(match[1], match[2], text.count("\n", 0, match.start()) + 1)
        for match in FENCE.finditer(text)
    ]
