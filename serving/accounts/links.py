"""Links that sign a user in once, for whoever has set the system up: they end with a sign-in, or after an hour."""

from django.contrib.auth.tokens import default_token_generator

from serving.accounts.models import AuditEntry, User


def create_link(user: User, actor: str = "") -> str:
    """The path of a link; Django's token is over the user's password and last sign-in, and stored nowhere."""
    AuditEntry.objects.create(actor=actor, action="session.link", subject=user.username)
    return f"/sign-in/{user.pk}/{default_token_generator.make_token(user)}"


def find_user_of_link(user_id: int, token: str) -> User | None:
    """None for a link that is wrong, old or used, or whose user is inactive."""
    user: User | None = User.objects.filter(pk=user_id, is_active=True).first()
    return user if user is not None and default_token_generator.check_token(user, token) else None
