"""The embedded stack: a real Kafka broker and a MongoDB-compatible document store as processes on loopback ports."""

from stack.lifecycle import Endpoints, ServiceStatus, start, status, stop

__all__ = ["Endpoints", "ServiceStatus", "start", "status", "stop"]
