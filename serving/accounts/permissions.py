"""May this user, with this token, do this with this brand? Both the role and the token must have the view's scope."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from serving.accounts.authentication import token_of
from serving.accounts.roles import EVERY_BRAND, Scope


class HasScope(BasePermission):
    """A view names its `scope`; one with a brand in its path is allowed for brands of a role that has the scope.

    A brand that does not exist is forbidden like one of others.
    """

    message = "no role of yours, or no scope of this token, allows this"

    def has_permission(self, request: Request, view: Any) -> bool:
        brands = brands_with(request, view.scope)
        brand = view.kwargs.get("brand")
        return bool(brands) if brand is None else covers(brands, brand)


class IsSignedIn(BasePermission):
    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)


def brands_with(request: Request, scope: Scope) -> set[str]:
    """The brands for which the request has the scope."""
    token = token_of(request)
    if not request.user or not request.user.is_authenticated or (token and scope.value not in token.scopes):
        return set()
    brands: set[str] = request.user.brands_with(scope)
    return brands


def covers(brands: set[str], brand: str) -> bool:
    return brand in brands or EVERY_BRAND in brands
