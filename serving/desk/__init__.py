"""The desk: complaints as tickets that people work on, and their way to a help desk."""
