"""The dashboard: pages over the readers, rendered on the server; a page asks what an API view asks."""
