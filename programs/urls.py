"""Addresses below /programs/."""

from django.urls import path

from programs import views

urlpatterns = [path("<str:code>/", views.program_detail, name="program-detail")]
