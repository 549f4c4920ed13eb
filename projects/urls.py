"""Addresses below /projects/."""

from django.urls import path

from projects import views

urlpatterns = [path("<str:code>/", views.project_detail, name="project-detail")]
