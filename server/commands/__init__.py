"""The words of the command `switchboard`, one a file.

Every file imports what it works with inside its function, so that `switchboard --help` loads
nothing, and reads the settings before that, so that what is wrong with them is said at once.
"""
