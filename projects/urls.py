"""Addresses of projects and their work."""

from django.urls import path

from ppm.core import editing
from projects import feeds, forms, views

urlpatterns = [
    path("projects/", views.project_list, name="project-list"),
    path("projects/<str:code>/", views.project_detail, name="project-detail"),
    path("projects/<str:code>/entry/", views.project_entry, name="project-entry"),
    path("projects/<str:code>/baseline/", views.project_baseline, name="project-baseline"),
    path("projects/<str:code>/<slug:tab>/", views.project_detail, name="project-tab"),
    path("feeds/<str:secret>.ics", feeds.calendar_feed, name="calendar-feed"),
    path("tasks/<int:pk>/", views.task_detail, name="task-detail"),
    *editing.addresses(forms.TaskForm),
    *editing.addresses(forms.WeightedMilestoneForm),
    *editing.addresses(forms.MilestoneAccomplishmentForm),
    *editing.addresses(forms.ProgressForm),
    *editing.addresses(forms.DependencyForm),
    *editing.addresses(forms.LessonForm),
    *editing.addresses(forms.ClosureEvaluationForm),
]
