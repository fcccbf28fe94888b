"""The embedded default: a real Kafka broker and a MongoDB-wire document store as child processes on loopback ports."""

from stack.lifecycle import Endpoints, ServiceStatus, start, status, stop

__all__ = ["Endpoints", "ServiceStatus", "start", "status", "stop"]
