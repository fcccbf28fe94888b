"""The API: for each resource a view that asks a reader, and a schema of what it answers."""
