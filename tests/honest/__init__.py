"""Whether the arguments that generated classes take hold for other values than the file's. Tests and a command."""
