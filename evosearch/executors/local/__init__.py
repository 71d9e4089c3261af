"""Worker processes on this machine.

`processes` is the executor; `handle` is one worker as its parent sees it, `worker` is what runs in
it, `sweep` removes what a killed search left behind.
"""
