"""Tables as people keep them: how a file is laid out, what its columns mean, and what its cells say. Pure.

Whatever can be read in two ways is said to be doubtful; nothing is decided in silence.
"""
