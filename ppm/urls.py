"""All addresses."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from ppm.core import views
from ppm.metrics import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("", include("ppm.core.signin.urls")),
    path("", include("ppm.core.urls")),
    # Before the projects': a project's tab of benefits is the programs' to show.
    path("", include("programs.urls")),
    path("", include("projects.urls")),
    path("", include("portfolios.urls")),
    path("api/", include("ppm.api")),
    path("admin/", admin.site.urls),
]

handler400 = "ppm.core.views.bad_request"
handler403 = "ppm.core.views.permission_denied"
handler404 = "ppm.core.views.page_not_found"
handler500 = "ppm.core.views.server_error"
