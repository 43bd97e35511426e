"""`python -m cnndsl` is the command `cnndsl`, and so is the installed script.

Until `process` answers to Ctrl-C, it ends the process at once, as it ends any other program: what is loaded until then
would be told as a traceback.
"""

from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]

if getsignal(SIGINT) is default_int_handler:  # not where it is ignored, as of what runs in the background
    signal(SIGINT, SIG_DFL)

from .cli import process

if __name__ == "__main__":
    process()
