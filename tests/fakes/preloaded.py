"""What a process that begins at once has done already: imports and reading the vocabulary, and nothing else."""

import app.cli.servers
import app.storage.ledger.journal  # noqa: F401
from app.tokenizer import count_tokens

count_tokens("")
