"""Addresses of projects and their work."""

from django.urls import path

from projects import views

urlpatterns = [
    path("projects/", views.project_list, name="project-list"),
    path("projects/<str:code>/", views.project_detail, name="project-detail"),
    path("projects/<str:code>/<slug:tab>/", views.project_detail, name="project-tab"),
]
