"""What can go wrong for a user, and the exit code that says so to a scheduler."""


class JobError(Exception):
    """A failure that one sentence explains; `exit_code` is what the process ends with."""

    exit_code = 1


class UsageError(JobError):
    """A flag, a setting or a settings file is wrong."""

    exit_code = 2


class MissingPrerequisite(JobError):
    """Something that set-up or another job should have put in place is not there."""

    exit_code = 3


class BadInput(JobError):
    """The input cannot be read at all (a single bad line never raises: it is written to the rejects)."""

    exit_code = 4


class ServiceUnavailable(JobError):
    """Kafka, MongoDB or another service did not answer in time, or rejected the request."""

    exit_code = 5


class CheckFailed(JobError):
    """A verification of our own failed: counts, checksums or the reconciliation do not agree."""

    exit_code = 6


class TableLocked(JobError):
    """Another process has locked a table that this job writes."""

    exit_code = 7


class CredentialsRejected(JobError):
    """X rejects our token or keys, or the app lacks the access that the call needs: waiting does not help."""

    exit_code = 8


class BudgetExhausted(JobError):
    """The reads of the month are used up, by X's cap or by ours: only a new month or a larger budget helps."""

    exit_code = 9


class RulesRejected(JobError):
    """X has none of our rules, or rejects one: a brand file or the tier's limits must change."""

    exit_code = 10
