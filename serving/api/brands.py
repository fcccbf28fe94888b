"""/brands"""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from serving.accounts.permissions import brands_with
from serving.accounts.roles import EVERY_BRAND, Scope
from serving.api.openapi import operation
from serving.api.published import Query, brandpulse, parse_query
from serving.api.view import View
from serving.readers.brands import known_brands, read_brands_of


class Brand(serializers.Serializer):
    """A brand that you have a role for, with what its file says."""

    brand = serializers.CharField(help_text="the name in paths")
    handle = serializers.CharField(allow_null=True)
    names = serializers.ListField(child=serializers.CharField())
    competitors = serializers.ListField(child=serializers.CharField())


class BrandList(serializers.Serializer):
    data = Brand(many=True)


EXAMPLE = {"brand": "skyvarn", "handle": "FlySkyvarn", "names": ["Skyvarn Air"], "competitors": ["@NorthquillAir"]}


class Brands(View):
    scope = Scope.AGGREGATES_READ

    @operation("Brands", "The brands that you may read, by name.", {200: BrandList}, Query, example={"data": [EXAMPLE]})
    def get(self, request: Request) -> Response:
        parse_query(Query, request)
        granted = brands_with(request, self.scope)
        slugs = known_brands(brandpulse()) if EVERY_BRAND in granted else granted
        return Response({"data": Brand(read_brands_of(slugs), many=True).data})
