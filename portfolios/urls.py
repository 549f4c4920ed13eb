"""Addresses below /portfolios/."""

from django.urls import path

from portfolios import views

urlpatterns = [
    path("", views.portfolio_list, name="portfolio-list"),
    path("<str:code>/", views.portfolio_detail, name="portfolio-detail"),
]
