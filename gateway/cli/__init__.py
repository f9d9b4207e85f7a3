"""The command `headwater`: one file for each command.

In charge of reading what a person typed and of showing what came. Whatever is heavy
is imported inside the command that needs it, so that `headwater --help` is at once.
Must never decide anything about profiles, plans or answers.
"""
