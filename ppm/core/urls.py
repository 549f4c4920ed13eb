"""Addresses of what every component has."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
