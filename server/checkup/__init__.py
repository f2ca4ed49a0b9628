"""What `switchboard doctor` looks at, one thing a file."""
