"""The words of the command `switchboard`, one a file.

Every file imports what it works with inside its function, so that `switchboard --help` and the
quick commands load nothing that they don't use.
"""
