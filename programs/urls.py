"""Addresses of programs and benefits."""

from django.urls import path

from programs import views

urlpatterns = [
    path("programs/<str:code>/", views.program_detail, name="program-detail"),
    path("programs/<str:code>/<slug:tab>/", views.program_detail, name="program-tab"),
]
