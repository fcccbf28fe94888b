"""The Django project: the API for people and programs, accounts, and what they may read."""
