"""Help desks on loopback, as their published contracts describe them: a webhook receiver and Zendesk's Ticketing API.

Receivers of alerts, too. They check their callers, and fail as often as asked: no answer although the call was
accepted, 409, 429, 500.
"""
